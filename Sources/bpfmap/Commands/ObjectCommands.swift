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
      the maps they use, their global variables, and the types of all of it.

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
    usage: "bpfmap object load FILE --pin DIR [--existing reuse|replace|migrate] [--json]",
    discussion: """
      Creates the maps, fits the programs to this kernel, has them verified, and
      pins each under its name in DIR, which is made if it is not there. What the
      verifier refuses is told with its reason and the line of the source. If
      anything fails, or a signal ends the command, nothing stays behind, and what
      was pinned before still is.

      Maps that the object wants pinned by their names are pinned in DIR too, and
      shared: one that is pinned there already is used if it is like the object's.
      --existing says what else is done with pins in DIR:
        reuse     fail if a shared map differs, or another part is pinned already
        replace   new programs and maps take the names of the old ones
        migrate   so do new programs and maps; a shared map is used if it is like
                  the object's, otherwise the new one takes over its elements
      Names change hands by rename(2), all or none. Programs that are attached stay
      attached, and use the old maps.

      With --json {"programs":[{"name":…,"id":…,"pinned":…}],"maps":[…]}.

      Examples:
        bpfmap object load counter.bpf.o --pin /sys/fs/bpf/counter
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
    let object = try ObjectFile(FilePath(file)).load(options)
    try report(object, object.pins, to: &output)
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
        }
      }
    }
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
  }
}
