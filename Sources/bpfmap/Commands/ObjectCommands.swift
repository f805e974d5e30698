//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

/// `bpfmap object`
struct ObjectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "object",
    abstract: "Inspect, load and link compiled BPF objects.",
    discussion: """
      `clang -target bpf -g -O2 -c x.bpf.c` compiles an object: programs, their maps
      and global variables, and BTF. The Swift toolchain's clang also requires
      `-Xclang -fno-split-cold-code`.

      Examples:
        bpfmap object show counter.bpf.o
        bpfmap object load counter.bpf.o --pin /sys/fs/bpf/counter
        bpfmap object link firewall.bpf.o filter.bpf.o statistics.bpf.o
      """,
    subcommands: [ObjectShow.self, ObjectLoad.self, ObjectLink.self])

  @OptionGroup var format: FormatOptions
}

/// `bpfmap object show`
struct ObjectShow: MapCommand {
  static let helpTopic = "object show"

  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show the contents of a compiled object.",
    usage: "bpfmap object show FILE [--relocations] [--json]",
    discussion: """
      Shows programs, maps, global variables and externs, and with --relocations the
      relocations of each program. Requires no privileges, and makes no bpf(2) calls.

      With --json, prints {"name":…,"license":…,"programs":[…],"maps":[…],
      "variables":[…],"externs":[…]}; each program has its "relocations".

      Examples:
        bpfmap object show counter.bpf.o
        bpfmap object show counter.bpf.o --json | jq '.maps[].name'
      """)

  @Argument(help: "The object file.", completion: .file())
  var file: String

  @Flag(help: "Show the relocations of each program.")
  var relocations = false

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let object = try ObjectFile(FilePath(file))
    if format.isJSON {
      let programs = try object.programs.map { program in
        (program, try object.instructions(of: program.name).count, try object.relocations(of: program.name))
      }
      return try output.json { ObjectReport(object).write(programs, to: &$0) }
    }
    try output.write(try ObjectReport(object).text)
    guard relocations else { return }
    for program in object.programs {
      var table = TextTable(columns: [("", .right), ("", .left)])
      for relocation in try object.relocations(of: program.name) {
        table.add("\(relocation.instruction)", relocation.description)
      }
      if !table.text.isEmpty { try output.write("\nrelocations of \(program.name)\n\(table.text)") }
    }
  }
}

/// `bpfmap object load`
struct ObjectLoad: MapCommand {
  static let helpTopic = "object load"

  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Load a compiled object, and pin its programs and maps.",
    usage: "bpfmap object load FILE --pin DIR [--existing reuse|replace|migrate] [--log] [--json]",
    discussion: """
      Creates the maps, relocates, verifies and loads the programs, and pins each by
      its name in DIR. Creates DIR if it does not exist. If anything fails, or a
      signal ends the command, nothing new remains, and existing pins are unchanged.

      If the verifier rejects a program, the error shows its reason, the source line
      and the calls that lead to it. --log prints the full verifier log before the
      error. For accepted programs, --log prints the verifier's statistics, and
      --log-level instructions or states prints each of its steps.

      Maps that are declared as pinned by name are pinned in DIR too, and shared: the
      command uses an existing pin if its map matches the object's. --existing
      selects what else happens to existing pins in DIR:
        reuse     fail if a shared map differs, or the name of another part is taken
        replace   replace existing pins with the new programs and maps
        migrate   like replace, but keep shared maps that match the object's, and
                  copy the elements of those that differ to the new maps
      rename(2) replaces all pins or none. Attached programs stay attached, and keep
      using the old maps.

      Parts of the object that are optional and that the kernel rejects are reported
      as warnings on standard error.

      If DIR is in /sys/fs/bpf, and no BPF file system is mounted there, the command
      mounts one and says so on standard error. If standard output cannot be written,
      standard error says what was loaded, and the exit status is 1.

      With --json, prints {"programs":[{"name":…,"id":…,"pinned":…,"log":…}],
      "maps":[…],"warnings":[…]}; errors always have the verifier's full "log".

      Examples:
        bpfmap object load counter.bpf.o --pin /sys/fs/bpf/counter
        bpfmap object load counter.bpf.o --pin /sys/fs/bpf/counter --log
        bpfmap object load counter.bpf.o --pin /sys/fs/bpf/counter --existing migrate
      """)

  @Argument(help: "The object file.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp("The directory for the pins, on a BPF file system.", valueName: "dir"),
    completion: .directory)
  var pin: String

  @Option(help: "How to treat existing pins: reuse, replace or migrate.")
  var existing = "reuse"

  @Flag(help: "Print the verifier log.")
  var log = false

  @Option(
    help: ArgumentHelp(
      "The detail of the log: statistics, instructions or states. Implies --log.", valueName: "level"))
  var logLevel: String?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    guard !pin.isEmpty else { throw Failure.usage("the directory after --pin is empty") }
    var options = LoadOptions(pinDirectory: FilePath(pin), pinsEverything: true)
    options.existingPins =
      switch existing {
      case "reuse": .reuse
      case "replace": .replace
      case "migrate": .migrate
      default: throw Failure.usage("--existing is reuse, replace or migrate, not '\(existing)'")
      }
    options.verifierLog = try verifierLogLevel
    let blueprint = try ObjectFile(FilePath(file))
    try BPFFileSystem.mountIfMissing(for: FilePath(pin), isJSON: format.isJSON)
    // Check before the programs are verified, which can take long.
    try BPFFileSystem.check(FilePath(pin), for: .pin)
    let object: Object
    do {
      object = try blueprint.load(options)
    } catch {
      if options.verifierLog != .none, !format.isJSON, let log = error.log {
        var errors = Output(to: .standardError)
        try errors.write(log.hasSuffix("\n") ? log : log + "\n")
        try errors.flush()
      }
      throw error
    }
    output.effect = effect(object, object.pins)
    try report(object, object.pins, to: &output)
  }

  /// Writes warnings to standard error.
  private func warn(_ warnings: [String]) throws {
    var errors = Output(to: .standardError)
    for warning in warnings { try errors.write("bpfmap: warning: \(warning)\n") }
    try errors.flush()
  }

  /// Returns a description of the loaded programs and maps, which is reported if the result cannot be written.
  private func effect(_ object: Object, _ pins: [String: FilePath]) -> String {
    let programs = object.programs.map { name, program in (name, "program \(program.id)") }
    let maps = object.maps.map { name, map in (name, "map \(map.id)") }
    let pinned = (programs + maps).map { name, id in pins[name].map { "\(id) at \($0)" } ?? id }
    return "loaded \(file): \(pinned.joined(separator: ", "))"
  }

  private var verifierLogLevel: LoadOptions.VerifierLogLevel {
    get throws {
      switch logLevel {
      case nil: log ? .statistics : .none
      case "statistics": .statistics
      case "instructions": .instructions
      case "states": .states
      case let level?:
        throw Failure.usage("--log-level is statistics, instructions or states, not '\(level)'")
      }
    }
  }

  private func report(_ object: Object, _ pins: [String: FilePath], to output: inout Output) throws {
    if format.isJSON {
      return try output.json { json in
        json.object { json in
          json.key("programs")
          json.array { json in
            for (name, program) in object.programs {
              json.object { json in
                json.member("name", name)
                json.member("id", program.id.rawValue)
                json.member("type", program.type.description)
                json.member("tag", program.tag.description)
                json.member("pinned", pins[name]?.string)
                json.member("log", program.verifierLog)
              }
            }
          }
          json.key("maps")
          json.array { json in
            for (name, map) in object.maps {
              json.object { json in
                json.member("name", name)
                json.member("id", map.id.rawValue)
                json.member("type", map.type.description)
                json.member("pinned", pins[name]?.string)
              }
            }
          }
          json.key("warnings")
          json.array { json in for warning in object.warnings { json.string(warning) } }
        }
      }
    }
    try warn(object.warnings)
    var table = TextTable(columns: [
      ("", .left), ("ID", .right), ("TYPE", .left), ("NAME", .left), ("PINNED", .left),
    ])
    for (name, program) in object.programs {
      table.add("program", "\(program.id)", "\(program.type)", name, pins[name]?.string ?? "-")
    }
    for (name, map) in object.maps {
      table.add("map", "\(map.id)", "\(map.type)", name, pins[name]?.string ?? "-")
    }
    try output.write(table.text)
    for (name, program) in object.programs {
      guard let log = program.verifierLog else { continue }
      try output.write("\nverifier log of \(name)\n\(log)\(log.hasSuffix("\n") ? "" : "\n")")
    }
  }
}
