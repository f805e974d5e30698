//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Translates `bpftool map` command lines into those of this tool.
enum BpftoolArguments {
  /// Returns the arguments without bpftool's `map`, and with `--json` for bpftool's JSON options.
  static func droppingMapKeyword(_ arguments: [String]) -> [String] {
    var words = arguments
    for index in words.indices where ["-p", "--pretty", "-jp", "-pj"].contains(words[index]) {
      if index > 0, ["--key", "--value", "--unit", "--name"].contains(words[index - 1]) { continue }
      words[index] = "--json"
    }
    guard let index = words.firstIndex(where: { !isOption($0) }), words[index] == "map" else { return words }
    words.remove(at: index)
    let rest = words.dropFirst(index).filter { !isOption($0) }
    if rest.isEmpty { return words + ["--help"] }
    // `bpftool map show` without a map lists all maps.
    if rest == ["show"] { words = words.map { $0 == "show" ? "list" : $0 } }
    return words
  }

  /// Returns the arguments with bpftool's commands replaced by this tool's.
  ///
  /// - Parameter arguments: The command and its arguments.
  /// - Throws: `Failure` for a command that only bpftool has; the message names an alternative.
  static func translated(_ arguments: [String]) throws(Failure) -> [String] {
    guard let command = arguments.first else { return arguments }
    let rest = Array(arguments.dropFirst())
    switch command {
    case "list", "ls": return [rest.contains { !isOption($0) } ? "show" : "list"] + rest
    case "getnext": return ["next"] + withTypedNumbers(rest)
    case "enqueue": return ["push"] + withTypedNumbers(rest)
    case "dequeue": return ["pop"] + rest
    case "update": return ["update"] + withTypedNumbers(withFlags(rest))
    case "lookup", "delete", "next", "watch", "push": return [command] + withTypedNumbers(rest)
    case "create": return ["create"] + (try creation(rest))
    case "btf" where rest.first == "dump": throw .usage("no command 'btf dump': use 'bpfmap btf header'")
    case "feature" where rest.first == "probe":
      let options = rest.dropFirst().drop { $0 == "kernel" || $0 == "full" }
      guard options.allSatisfy(isOption) else { throw .usage("bpfmap probes only the kernel: use bpftool") }
      return ["feature"] + options
    default:
      if let alternative = alternatives[command] { throw .usage("no command '\(command)': \(alternative)") }
      return arguments
    }
  }

  /// The commands that only bpftool has, with an alternative for each.
  private static let alternatives = [
    "prog": "use 'bpfmap object load FILE --pin DIR' to load programs, and bpftool to inspect loaded ones",
    "gen": "use 'bpfmap object show FILE' to inspect an object file",
    "event_pipe": "read events in a program, with the library's PerfBuffer",
    "link": onlyBpftool, "cgroup": onlyBpftool, "net": onlyBpftool, "perf": onlyBpftool,
    "iter": onlyBpftool, "struct_ops": onlyBpftool, "batch": onlyBpftool,
  ]
  private static let onlyBpftool = "bpfmap works on maps; use bpftool"

  private static func isOption(_ word: String) -> Bool { word.hasPrefix("-") }

  /// Prefixes negative numbers after `key` or `value` with `dec:`, so that they are parsed as data and not as options.
  private static func withTypedNumbers(_ words: [String]) -> [String] {
    guard let start = words.firstIndex(where: { $0 == "key" || $0 == "value" }) else { return words }
    return words.indices.map { index in
      let word = words[index]
      guard index > start, word.hasPrefix("-"), word.utf8.dropFirst().first?.isDecimalDigit == true,
        !words[index - 1].hasPrefix("--")
      else { return word }
      return "dec:" + word
    }
  }

  /// Turns the last word `any`, `exist` or `noexist` into an option.
  private static func withFlags(_ words: [String]) -> [String] {
    let options = ["any": nil, "exist": "--exist", "noexist": "--no-exist"]
    guard let value = words.lastIndex(of: "value"), let last = words.lastIndex(where: { !isOption($0) }),
      last > value + 1, let option = options[words[last]],
      // The word is the name or path of the object that is the value.
      last != value + 2 || !ObjectArgument.keywords.contains(words[value + 1])
    else { return words }
    var words = words
    words.remove(at: last)
    return words + [option].compactMap { $0 }
  }

  /// Translates `FILE type TYPE key BYTES value BYTES entries N name NAME …` into options.
  private static func creation(_ words: [String]) throws(Failure) -> [String] {
    guard let path = words.first, !isOption(path) else { return words }
    let options = [
      "type": "--type", "key": "--key-size", "value": "--value-size", "entries": "--max-entries",
      "name": "--name", "flags": "--flags",
    ]
    var result = ["--pin", path]
    var rest = words.dropFirst()
    while let word = rest.popFirst() {
      switch word {
      case "inner_map":
        result += ["--inner-map", rest.prefix(2).joined(separator: " ")]
        rest = rest.dropFirst(2)
      case "dev", "offload_dev": throw .usage("no '\(word)': use --ifindex with the interface's index")
      default: result.append(options[word] ?? word)
      }
      if options[word] != nil, let operand = rest.popFirst() { result.append(operand) }
    }
    return result
  }
}
