//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The names of commands among the words of a command line.
enum CommandName {
  /// Why the first words name no command, if they do not.
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
    return .usage("there is no command '\(whole)'\(NearName.question(word, among: names))")
  }
}
