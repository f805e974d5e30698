//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Checks the names of commands and subcommands on the command line.
enum CommandName {
  /// Returns an error if the command or subcommand does not exist; nil if it does.
  static func failure(in arguments: [String]) -> Failure? {
    let words = arguments.first == "help" ? Array(arguments.dropFirst()) : arguments
    guard let first = words.first(where: { arguments.first != "help" || !$0.hasPrefix("-") }),
      !first.hasPrefix("-")
    else { return nil }
    if let failure = failure(first, among: BPFMapTool.commandNames) { return failure }
    let subcommands = BPFMapTool.subcommandNames(of: first)
    guard !subcommands.isEmpty, let second = words.dropFirst().first(where: { !$0.hasPrefix("-") }) else {
      return nil
    }
    return failure(second, among: subcommands, of: first)
  }

  private static func failure(_ word: String, among names: [String], of command: String = "") -> Failure? {
    guard !names.contains(word) else { return nil }
    let whole = command.isEmpty ? word : "\(command) \(word)"
    return .usage("no command '\(whole)'\(NameSuggestion.hint(for: word, among: names))")
  }
}
