//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct FeatureCommand: MapCommand {
  static let configuration = CommandConfiguration(
    commandName: "feature",
    abstract: "Show which features of BPF this kernel has.",
    usage: "bpfmap feature [--kind KIND | --helpers TYPE] [--json]",
    discussion: """
      Asks the running kernel by loading the smallest programs and maps, and closes
      them again. SINCE is the first Linux release with the feature. HERE is "yes",
      "no", or "?" if the kernel gives no answer; the reason follows.

      With --kind, prints one kind: general, program_type, map_type, map_flag,
      attach_type, link_type, btf_kind, helper. With --helpers, prints which helpers
      programs of a type may call.

      With --json, prints {"kernel":"…","features":[…],"helpers":{…},"kfuncs":[…]}.
      Each feature has the members "kind", "name", "since", "supported" (null without
      an answer) and "reason"; "helpers" lists those of each program type.

      Examples:
        bpfmap feature --kind map_type
        bpfmap feature --helpers xdp
        bpfmap feature --json | jq '.helpers.xdp'
      """)

  @Option(help: ArgumentHelp("Only features of this kind.", valueName: "kind"))
  var kind: String?

  @Option(help: ArgumentHelp("The helpers of programs of this type.", valueName: "type"))
  var helpers: String?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    guard kind == nil || helpers == nil else {
      throw Failure.usage("--kind and --helpers cannot be combined")
    }
    if let helpers { return try writeHelpers(of: helpers, to: &output) }
    let kinds = FeatureReport.Kind.allCases
    if let kind, !kinds.contains(where: { $0.rawValue == kind }) {
      throw Failure.usage(
        "no kind of features '\(kind)'\(NameSuggestion.hint(for: kind, among: kinds.map(\.rawValue)))")
    }
    let report = FeatureReport.probe()
    let features = report.features.filter { kind == nil || $0.kind.rawValue == kind }
    guard !format.isJSON else { return try output.json { json in report.write(features, to: &json) } }
    var table = TextTable(columns: [
      ("KIND", .left), ("NAME", .left), ("SINCE", .right), ("HERE", .left), ("", .left),
    ])
    for feature in features {
      table.add(
        feature.kind.rawValue, feature.name, feature.minimumKernelVersion ?? "-", feature.answer.mark,
        feature.answer.reason ?? "")
    }
    try output.write("Linux \(report.kernelRelease)\n" + table.text)
  }

  /// Writes the helpers of a program type.
  private func writeHelpers(of name: String, to output: inout Output) throws {
    guard let type = ProgramType(kernelName: name), type != .unspecified else {
      let names = ProgramType.allKnown.map(\.kernelName)
      throw Failure.usage("no program type '\(name)'\(NameSuggestion.hint(for: name, among: names))")
    }
    try type.requireSupport()
    let supported = Set(try type.supportedHelpers())
    guard !format.isJSON else {
      return try output.json { json in
        json.array { json in
          for helper in Helper.allKnown where supported.contains(helper) { json.string(helper.kernelName) }
        }
      }
    }
    var table = TextTable(columns: [("HELPER", .left), ("SINCE", .right), ("HERE", .left)])
    for helper in Helper.allKnown {
      table.add(
        helper.kernelName, helper.minimumKernelVersion ?? "-", supported.contains(helper) ? "yes" : "no")
    }
    try output.write(table.text)
  }
}

extension FeatureReport.Answer {
  fileprivate var mark: String { isSupported.map { $0 ? "yes" : "no" } ?? "?" }

  /// The reason for which there is no answer.
  fileprivate var reason: String? {
    if case .unknown(let error) = self { error.explanation } else { nil }
  }
}

extension FeatureReport {
  fileprivate func write(_ features: [Feature], to json: inout JSONWriter) {
    json.object { json in
      json.member("kernel", kernelRelease)
      json.key("features")
      json.array { json in for feature in features { feature.write(to: &json) } }
      json.key("helpers")
      json.object { json in
        for type in helpers.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
          json.key(type.kernelName)
          json.array { json in for helper in helpers[type] ?? [] { json.string(helper.kernelName) } }
        }
      }
      json.key("kfuncs")
      json.array { json in for kfunc in kfuncs { json.string(kfunc.name) } }
    }
  }
}

extension FeatureReport.Feature {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("kind", kind.rawValue)
      json.member("name", name)
      json.member("since", minimumKernelVersion)
      json.key("supported")
      json.bool(answer.isSupported)
      json.member("reason", answer.reason)
    }
  }
}
