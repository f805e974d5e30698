//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Command lines as `bpftool map` takes them, turned into those of this tool.
enum BpftoolWords {
  /// Leaves out bpftool's word `map`, and gives its options for JSON the name that they have here.
  static func withoutMap(_ arguments: [String]) -> [String] {
    var words = arguments
    for index in words.indices where ["-p", "--pretty", "-jp", "-pj"].contains(words[index]) {
      if index > 0, ["--key", "--value", "--unit", "--name"].contains(words[index - 1]) { continue }
      words[index] = "--json"
    }
    guard let index = words.firstIndex(where: { !isOption($0) }), words[index] == "map" else { return words }
    words.remove(at: index)
    let rest = words.dropFirst(index).filter { !isOption($0) }
    if rest.isEmpty { return words + ["--help"] }
    // There `map show` without a map lists all.
    if rest == ["show"] { words = words.map { $0 == "show" ? "list" : $0 } }
    return words
  }

  /// - Parameter arguments: The command and what follows it.
  /// - Throws: `Failure` that names this tool's command for one that is only bpftool's.
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
    case "btf" where rest.first == "dump": throw .usage("bpftool's 'btf dump' is 'bpfmap btf header'")
    default:
      if let instead = others[command] { throw .usage("there is no command '\(command)': \(instead)") }
      return arguments
    }
  }

  /// Commands of bpftool that are not about maps, or not here.
  private static let others = [
    "prog": "'bpfmap object load FILE --pin DIR' loads programs; see bpftool for those that are loaded",
    "gen": "'bpfmap object show FILE' tells what is in an object",
    "event_pipe": "events are read by programs, see PerfBuffer of the library",
    "link": onlyBpftool, "cgroup": onlyBpftool, "net": onlyBpftool, "perf": onlyBpftool,
    "feature": onlyBpftool, "iter": onlyBpftool, "struct_ops": onlyBpftool, "batch": onlyBpftool,
  ]
  private static let onlyBpftool = "bpfmap is for maps, see bpftool"

  private static func isOption(_ word: String) -> Bool { word.hasPrefix("-") }

  /// Gives a negative number after `key` or `value` a type: it is data that does not fit, and no option.
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
      // A name or path of what is the value.
      last != value + 2 || !WrittenObject.keywords.contains(words[value + 1])
    else { return words }
    var words = words
    words.remove(at: last)
    return words + [option].compactMap { $0 }
  }

  /// `FILE type TYPE key BYTES value BYTES entries N name NAME …` as options.
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
      case "dev", "offload_dev": throw .usage("write --ifindex with the interface's number for '\(word)'")
      default: result.append(options[word] ?? word)
      }
      if options[word] != nil, let operand = rest.popFirst() { result.append(operand) }
    }
    return result
  }
}
