//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF
import CLibrary
import CProcess

/// The command `bpfmap` with its subcommands.
@main
struct BPFMapTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bpfmap",
    abstract: "Inspect and change the eBPF maps of the running kernel.",
    usage: "bpfmap COMMAND [MAP] [key DATA] [value DATA] [options]",
    discussion: """
      Select a MAP in one of three ways:
        id 12                     the kernel's id, see `bpfmap list`
        name hits                 the map's name, if it is unique
        pinned /sys/fs/bpf/hits   the path of a pin
      The keyword is optional: a number is an id, a word with a slash is a path.

      DATA is bytes, in one or more words; see `bpfmap help lookup` for all forms:
        0x0a0b0c0d                hex digits, in the order written
        hex 0a 0b                 hex bytes
        10 0 0 1                  decimal bytes
        u32:42 be16:443           numbers, in host or network byte order
        ipv4:10.0.0.1 mac:…       addresses
        10.0.0.0/8                the key of an lpm_trie
        str:eth0                  text, padded with NULs

      The maps of compiled programs usually have BTF, which describes the types of
      keys and values. bpfmap then shows elements by their types (--raw shows bytes)
      and accepts them as JSON: --key 42 --value '{"pid":7,"comm":"bash"}'.

      Exit status:
        0   success
        1   the operation failed; or it succeeded, but standard output could not be
            written, and standard error says what was done
        2   not found: no such map, key or pin, or an empty queue
        64  the command line is wrong, or does not fit the map

      bpfmap accepts the syntax of `bpftool map`, such as `bpfmap map dump id 12`.

      With --json, each command prints one JSON value. Its members are always the
      same, and have the names that `bpftool -j map` uses. Errors are printed as
      {"error":…,"code":…,"operation":…,"errno":…,"map_id":…}.

      Examples:
        bpfmap list
        bpfmap lookup name hits key ipv4:10.0.0.1 --value-as u64
        bpfmap lookup name events --key 42
        bpfmap dump pinned /sys/fs/bpf/hits --json | head

      To get started, run `bpfmap tour`: it demonstrates the main commands on maps
      of its own.
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
      CommandGroup(
        name: "OBJECTS AND TYPES", subcommands: [ObjectCommand.self, BTFCommand.self, FeatureCommand.self]),
    ])

  @OptionGroup var format: FormatOptions

  /// The names of all commands, including ArgumentParser's `help`.
  static var commandNames: [String] {
    let commands =
      configuration.ungroupedSubcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
    return commands.compactMap { $0.configuration.commandName } + ["help"]
  }

  /// Returns the names of a command's subcommands.
  static func subcommandNames(of name: String) -> [String] {
    let commands =
      configuration.ungroupedSubcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
    return commands.first { $0.configuration.commandName == name }?.configuration.ungroupedSubcommands
      .compactMap { $0.configuration.commandName } ?? []
  }

  static func main() {
    // A write to a closed pipe then fails with EPIPE, which ends the output quietly. SIGPIPE would kill the process.
    signal(SIGPIPE, SIG_IGN)
    process_occupy_standard_descriptors()
    do throws(Failure) {
      let arguments = FormatOptions.afterCommand(
        BpftoolArguments.droppingMapKeyword(try ProcessArguments.all()))
      var invocation = Invocation(isJSON: FormatOptions.wantsJSON(arguments))
      end(with: invocation.run(arguments))
    } catch {
      var invocation = Invocation(isJSON: false)
      end(with: invocation.reject(error))
    }
  }
}

/// Ends the process. A free function, since `ParsableCommand.exit` would print an error message first.
private func end(with status: ExitStatus) -> Never { exit(status.rawValue) }

/// A subcommand that works on maps.
protocol MapCommand: ParsableCommand {
  var format: FormatOptions { get }

  /// The arguments of `bpfmap help` that show the command's help.
  static var helpTopic: String { get }

  /// Runs the command, and writes its result to `output`.
  ///
  /// - Throws: `BPFError`, `Failure` or `OutputFailure`.
  func run(to output: inout Output) throws
}

extension MapCommand {
  static var helpTopic: String { configuration.commandName ?? "" }
}

/// The output format, text or JSON: an option of every command.
struct FormatOptions: ParsableArguments {
  @Flag(name: [.customShort("j"), .customLong("json")], help: "Print JSON instead of text.")
  var isJSON = false

  static func wantsJSON(_ arguments: [String]) -> Bool { arguments.contains(where: isName) }

  /// Moves the option after the command's name, so that both orders are accepted.
  static func afterCommand(_ arguments: [String]) -> [String] {
    let leading = arguments.prefix(while: isName)
    guard !leading.isEmpty, let command = arguments.dropFirst(leading.count).first else { return arguments }
    return [command] + leading + arguments.dropFirst(leading.count + 1)
  }

  private static func isName(_ argument: String) -> Bool { argument == "-j" || argument == "--json" }
}
