//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF
import CProcess

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The command `bpfmap` with its subcommands.
@main
struct BPFMapTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bpfmap",
    abstract: "Look at eBPF maps of the running kernel, and change them.",
    usage: "bpfmap COMMAND [MAP] [key DATA] [value DATA] [options]",
    discussion: """
      A MAP is named in one of three ways:
        id 12                     the kernel's number, see `bpfmap list`
        name hits                 its name, if only one map has it
        pinned /sys/fs/bpf/hits   a file that keeps it
      The first word can be left out: a number is an id, what has a slash a path.

      DATA is bytes, in any number of words; `bpfmap help lookup` tells all:
        0x0a0b0c0d                hex digits, in the order written
        hex 0a 0b                 hex bytes
        10 0 0 1                  decimal bytes
        u32:42 be16:443           numbers, in this machine's or in network order
        ipv4:10.0.0.1 mac:…       addresses
        10.0.0.0/8                the key of an lpm_trie
        str:eth0                  text, filled up with NULs

      A map made by a compiled program mostly has BTF, the types of its keys and
      values. Its elements are shown by them (--raw: as bytes), and can be written
      by them, as JSON: --key 42 --value '{"pid":7,"comm":"bash"}'.

      Exit status:
        0   done
        1   the operation failed; or it was done, but standard output could not be
            written: then standard error says what was done
        2   not found: no such map, key or pin; an empty queue
        64  the command line is wrong, or does not fit the map

      The words of `bpftool map` are understood: `bpfmap map dump id 12`, `getnext`.

      With --json each command prints one JSON value, of always the same shape,
      with the field names of `bpftool -j map`. An error is one too:
      {"error":…,"code":…,"operation":…,"errno":…,"map_id":…}.

      Examples:
        bpfmap list
        bpfmap lookup name hits key ipv4:10.0.0.1 --value-as u64
        bpfmap lookup name events --key 42
        bpfmap dump pinned /sys/fs/bpf/hits --json | head

      New here? `bpfmap tour` shows the main things, on maps of its own.
      """,
    version: Version.current,
    subcommands: [TourCommand.self],
    groupedSubcommands: [
      CommandGroup(name: "WATCHING", subcommands: [Top.self, Watch.self, Histogram.self]),
      CommandGroup(name: "MAPS", subcommands: [List.self, Show.self, Create.self]),
      CommandGroup(name: "ELEMENTS", subcommands: [Lookup.self, Update.self, Delete.self, Next.self]),
      CommandGroup(name: "QUEUES AND STACKS", subcommands: [Push.self, Pop.self, Peek.self]),
      CommandGroup(name: "WHOLE MAPS", subcommands: [Dump.self, Count.self, Clear.self]),
      CommandGroup(name: "PINNING AND FREEZING", subcommands: [Pin.self, Unpin.self, Freeze.self]),
      CommandGroup(name: "OBJECTS AND TYPES", subcommands: [ObjectCommand.self, BTFCommand.self]),
    ])

  @OptionGroup var format: FormatOptions

  /// The commands by their names, ArgumentParser's own `help` among them.
  static var commandNames: [String] {
    let commands =
      configuration.ungroupedSubcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
    return commands.compactMap { $0.configuration.commandName } + ["help"]
  }

  /// The names of the commands that a command has.
  static func subcommandNames(of name: String) -> [String] {
    let commands =
      configuration.ungroupedSubcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
    return commands.first { $0.configuration.commandName == name }?.configuration.ungroupedSubcommands
      .compactMap { $0.configuration.commandName } ?? []
  }

  static func main() {
    // A closed pipe then shows as EPIPE, which ends the output; the signal would end the process with an error.
    signal(SIGPIPE, SIG_IGN)
    process_occupy_standard_descriptors()
    do throws(Failure) {
      let arguments = FormatOptions.afterCommand(BpftoolWords.withoutMap(try ProcessArguments.words()))
      var invocation = Invocation(isJSON: FormatOptions.wantsJSON(arguments))
      end(with: invocation.run(arguments))
    } catch {
      var invocation = Invocation(isJSON: false)
      end(with: invocation.refuse(error))
    }
  }
}

/// Ends the process. Outside of the command, whose own `exit` composes a help text first.
private func end(with status: ExitStatus) -> Never { exit(status.rawValue) }

/// A subcommand that works on maps.
protocol MapCommand: ParsableCommand {
  var format: FormatOptions { get }

  /// What follows `bpfmap help` to read about the command.
  static var helpWords: String { get }

  /// Does what the command says.
  ///
  /// - Throws: `BPFError`, `Failure` or `OutputFailure`.
  func run(to output: inout Output) throws
}

extension MapCommand {
  static var helpWords: String { configuration.commandName ?? "" }
}

/// The choice between text and JSON, which every command has.
struct FormatOptions: ParsableArguments {
  @Flag(name: [.customShort("j"), .customLong("json")], help: "Print JSON instead of text.")
  var isJSON = false

  static func wantsJSON(_ arguments: [String]) -> Bool { arguments.contains(where: isName) }

  /// Puts the option after the command's name if it stands before, so that both orders mean the same.
  static func afterCommand(_ arguments: [String]) -> [String] {
    let leading = arguments.prefix(while: isName)
    guard !leading.isEmpty, let command = arguments.dropFirst(leading.count).first else { return arguments }
    return [command] + leading + arguments.dropFirst(leading.count + 1)
  }

  private static func isName(_ argument: String) -> Bool { argument == "-j" || argument == "--json" }
}
