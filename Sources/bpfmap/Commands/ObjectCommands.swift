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
    abstract: "Look into compiled BPF objects, and load them.",
    discussion: """
      A compiled object is what `clang -target bpf -g -O2 -c x.bpf.c` makes: programs,
      the maps they use, their global variables, and the types of all of it. The
      Swift toolchain's clang needs `-Xclang -fno-split-cold-code` too.

      Examples:
        bpfmap object show counter.bpf.o
        bpfmap object load counter.bpf.o --pin /sys/fs/bpf/counter
      """,
    subcommands: [ObjectShow.self, ObjectLoad.self])

  @OptionGroup var format: FormatOptions
}

/// `bpfmap object show`
struct ObjectShow: MapCommand {
  static let helpWords = "object show"

  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show what is in a compiled object.",
    usage: "bpfmap object show FILE [--relocations] [--json]",
    discussion: """
      Programs, maps, global variables, what the kernel is to define, and with
      --relocations what is put into the programs when they are loaded. It needs
      no privileges, and asks nothing of the kernel.

      With --json {"name":…,"license":…,"programs":[…],"maps":[…],"variables":[…],
      "externs":[…]}, each program with its "relocations".

      Examples:
        bpfmap object show counter.bpf.o
        bpfmap object show counter.bpf.o --json | jq '.maps[].name'
      """)

  @Argument(help: "The object file.", completion: .file())
  var file: String

  @Flag(help: "Show what is put into the programs when they are loaded.")
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
  static let helpWords = "object load"

  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Load a compiled object, and pin its programs and maps.",
    usage: "bpfmap object load FILE --pin DIR [--existing reuse|replace|migrate] [--log] [--json]",
    discussion: """
      Creates the maps, fits the programs to this kernel, has them verified, and
      pins each under its name in DIR, which is made if it is not there. If
      anything fails, or a signal ends the command, nothing stays behind, and what
      was pinned before still is.

      What the verifier refuses is told with its reason, the line of the source, and
      the lines that called it. With --log all that it wrote comes before that; of
      programs that it accepts, how much it had to do, or with --log-level
      instructions or states every step.

      Maps that the object wants pinned by their names are pinned in DIR too, and
      shared: one that is pinned there already is used if it is like the object's.
      --existing says what else is done with pins in DIR:
        reuse     fail if a shared map differs, or another part is pinned already
        replace   new programs and maps take the names of the old ones
        migrate   so do new programs and maps; a shared map is used if it is like
                  the object's, otherwise the new one takes over its elements
      Names change hands by rename(2), all or none. Programs that are attached stay
      attached, and use the old maps.

      What the kernel does not accept of the object, and the object does without,
      is a warning on standard error.

      If no BPF file system is mounted on /sys/fs/bpf, and DIR is in it, this command
      mounts one, and says so on standard error. If what was loaded cannot be
      written to standard output, it is told there, too, and the exit status is 1.

      With --json {"programs":[{"name":…,"id":…,"pinned":…,"log":…}],"maps":[…],
      "warnings":[…]}; an error has the verifier's whole "log" in any case.

      Examples:
        bpfmap object load counter.bpf.o --pin /sys/fs/bpf/counter
        bpfmap object load counter.bpf.o --pin /sys/fs/bpf/counter --log
        bpfmap object load counter.bpf.o --pin /sys/fs/bpf/counter --existing migrate
      """)

  @Argument(help: "The object file.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp("The folder of a BPF file system for the pins.", valueName: "dir"),
    completion: .directory)
  var pin: String

  @Option(help: "What to do with what is pinned there already: reuse, replace or migrate.")
  var existing = "reuse"

  @Flag(help: "Print what the verifier wrote.")
  var log = false

  @Option(
    help: ArgumentHelp(
      "How much it writes: statistics, instructions or states. Implies --log.", valueName: "level"))
  var logLevel: String?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    guard !pin.isEmpty else { throw Failure.usage("the folder after --pin is empty") }
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
    try BPFFileSystem.provide(for: FilePath(pin), isJSON: format.isJSON)
    // Before the programs are verified: it may take long.
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

  /// What exists now, for the case that it cannot be told in any other way.
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
      try output.write("\nverifier's log of \(name)\n\(log)\(log.hasSuffix("\n") ? "" : "\n")")
    }
  }
}
