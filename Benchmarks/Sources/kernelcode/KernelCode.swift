//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import ArgumentParser
internal import BPF
internal import Foundation

/// Compares programs in Swift with the same programs in C.
@main
struct KernelCode: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernelcode",
    abstract:
      "Compares the instructions and run times of programs in Swift with those of the same programs in C.",
    discussion: """
      Requires root, Linux 6.7, and the build plugin's generator: swift build --product BPFObjectGenerator.
      """)

  @Option(help: "The build plugin's generator. By default that of the package's release or debug build.")
  var generator: String?

  @Option(help: "Only programs whose names contain this.")
  var filter: String?

  @Option(help: "The number of rounds. A multiple of 3 has each form as often first as the others.")
  var rounds = 9

  @Flag(help: "Compare only the numbers of instructions, and exit with status 1 if a target is missed.")
  var checkCounts = false

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds must be at least 1.") }
  }

  func run() throws {
    let compiler = try Compiler(generator: generator)
    var misses: [String] = []
    print("| program | form | instructions | to C | ns | to C |")
    print("| ------- | ---- | -----------: | ---: | -: | ---: |")
    for pair in ProgramPair.all where filter.map(pair.name.contains) ?? true {
      let results = try pair.results(compiler, rounds: checkCounts ? 0 : rounds)
      for result in results {
        print(result.row)
        if let miss = result.miss { misses.append(miss) }
      }
      fflush(nil)
    }
    guard checkCounts, !misses.isEmpty else { return }
    for miss in misses { FileHandle.standardError.write(Data("missed: \(miss)\n".utf8)) }
    throw ExitCode(1)
  }
}

/// A form of a program.
enum Form: String, CaseIterable {
  case c = "C"
  case unchecked = "Swift, unchecked"
  case checked = "Swift"

  /// The target: the maximum number of instructions as a multiple of those of the C form.
  var maximumRatio: Double {
    switch self {
    case .c: 1
    case .unchecked: 1.1
    case .checked: 1.25
    }
  }
}

/// The numbers of one form.
struct Result {
  var program: String
  var form: Form
  var instructions: Int
  var instructionsToC: Double
  /// The median time of a run in nanoseconds; nil if it was not measured.
  var nanoseconds: Double?
  /// The ratio of the median to that of the C form.
  var timeToC: Double?

  /// The numbers as a row of a Markdown table.
  var row: String {
    func written(_ number: Double?, _ format: String) -> String {
      number.map { String(format: format, $0) } ?? ""
    }
    let cells = [
      program, form.rawValue, "\(instructions)", written(instructionsToC, "%.2f"),
      written(nanoseconds, "%.1f"),
      written(timeToC, "%.2f"),
    ]
    return "| " + cells.joined(separator: " | ") + " |"
  }

  /// The description of a missed target.
  var miss: String? {
    guard instructionsToC > form.maximumRatio else { return nil }
    return
      "\(program), \(form.rawValue): \(String(format: "%.2f", instructionsToC)) times the instructions of C, "
      + "exceeds \(form.maximumRatio)"
  }
}
