//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

@Suite("Feature report", .bpftool)
struct FeatureReportTests {
  private static let report = FeatureReport.probe()

  private static func features(_ kind: FeatureReport.Kind) -> [FeatureReport.Feature] {
    report.features.filter { $0.kind == kind }
  }

  @Test("Has every feature that the library knows, with its release and the kernel's answer")
  func whole() throws {
    let report = Self.report
    #expect(report.kernelRelease == KernelRelease.runningText)
    let counts: [FeatureReport.Kind: Int] = [
      .general: KernelFeature.allCases.count, .programType: ProgramType.allKnown.count,
      .mapType: MapType.allKnown.count, .mapFlag: MapCreateFlags.named.count - 1,
      .attachType: AttachType.allKnown.count, .linkType: LinkType.allKnown.count,
      .btfKind: BTFKind.allCases.count - 1, .helper: Helper.allKnown.count,
    ]
    for kind in FeatureReport.Kind.allCases { #expect(Self.features(kind).count == counts[kind], "\(kind)") }
    for feature in report.features {
      let release = try #require(feature.minimumKernelVersion, "\(feature.name)")
      switch feature.answer {
      case .supported: #expect(!KernelRelease.isOlder(than: release), "\(feature.name)")
      case .unsupported:
        // Depends on the configuration, too.
        if feature.name == "lirc_mode2" { continue }
        #expect(KernelRelease.isOlder(than: release), "\(feature.name)")
      case .unknown(let error):
        #expect(error.code == .permissionDenied && ["lsm", "ext"].contains(feature.name), "\(error)")
      }
    }
    #expect(report.helpers[.xdp]?.contains(.ringbufOutput) == true)
    #expect(report.helpers[.ext] == nil)
    #expect(try report.kfuncs == Kfunc.all())
  }

  /// bpftool's answers with a prefix and a suffix, by the name between them.
  private static func answers(_ section: JSON, _ suffix: String) -> [String: JSON] {
    Dictionary(
      uniqueKeysWithValues: section.object.compactMap { (name, answer) -> (String, JSON)? in
        guard name.hasSuffix(suffix) else { return nil }
        let name = name.dropLast(suffix.count)
        return (String(name.hasPrefix("have_") ? name.dropFirst(5) : name), answer)
      })
  }

  @Test("Agrees with bpftool about program types, map types and helpers")
  func bpftool() throws {
    let theirs = try Bpftool.run("feature", "probe", "kernel")
    let programs = Self.answers(theirs["program_types"], "_prog_type")
    let maps = Self.answers(theirs["map_types"], "_map_type")
    var compared = 0
    for (features, answers) in [(Self.features(.programType), programs), (Self.features(.mapType), maps)] {
      for feature in features {
        guard let answer = answers[feature.name]?.bool, let ours = feature.answer.isSupported else {
          continue
        }
        // bpftool asks with a type of tracing that a vendor's kernel may forbid.
        if feature.name == "tracing", !BuiltFeature.trampolines.isAvailable { continue }
        #expect(ours == answer, "\(feature.name)")
        compared += 1
      }
    }
    #expect(compared > 50)
    // bpftool asks about these only with the option `full`, since the kernel warns about them.
    let omitted: Set = ["bpf_trace_printk", "bpf_trace_vprintk", "bpf_probe_write_user"]
    let helpers = Self.answers(theirs["helpers"], "_available_helpers")
    let asked = Set(helpers.values.flatMap { $0.array.compactMap(\.string) })
    #expect(asked.count > 100)
    for (type, ours) in Self.report.helpers {
      guard let list = helpers[type.kernelName]?.array.compactMap(\.string), !list.isEmpty else { continue }
      let ours = Set(ours.map(\.kernelName)).subtracting(omitted).intersection(asked)
      if Self.understandsRefusals {
        #expect(ours == Set(list), "\(type)")
      } else {
        #expect(ours.isSubset(of: list), "\(type)")
      }
    }
  }

  /// Whether bpftool understands how the running kernel refuses a call. Its libbpf before 1.5 does not know the words
  /// "program of this type cannot use helper", and counts each helper as callable.
  private static let understandsRefusals: Bool = {
    let list = try? Bpftool.run("feature", "probe", "kernel")["helpers"]["xdp_available_helpers"]
    return list?.array.contains { $0.string == "bpf_skb_load_bytes" } == false
  }()
}
