//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A module's bitcode as text, to find the source locations of what the back end for BPF refuses, and of traps. It reads
/// nothing else, as LLVM may change the syntax: without a location, errors name the module, and a trap has no place.
package struct BitcodeText {
  /// A location in a source file.
  package struct Location: Equatable, Comparable {
    package var file: String
    package var line: Int

    package static func < (a: Location, b: Location) -> Bool { (a.file, a.line) < (b.file, b.line) }
  }

  /// A function with its lines.
  private struct Function {
    var head: Substring
    var lines: ArraySlice<Substring>

    /// The beginning of the operand of a call: `@"$e3foo"(`.
    var call: String { head.drop { $0 != "@" }.prefix { $0 != "(" } + "(" }
  }

  private var functions: [Function] = []
  /// The metadata nodes by number.
  private var nodes: [Substring: Substring] = [:]
  /// The name of the module's folder in the names of its files, with a slash.
  private let folder: String

  package init(_ text: String, folder: String) {
    self.folder = folder + "/"
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var start: Int?
    for (index, line) in lines.enumerated() {
      if line.hasPrefix("define ") {
        start = index
      } else if line == "}", let first = start {
        functions.append(Function(head: lines[first], lines: lines[(first + 1)..<index]))
        start = nil
      } else if line.hasPrefix("!"), let equals = line.firstRange(of: " = ") {
        nodes[line[line.index(after: line.startIndex)..<equals.lowerBound]] = line[equals.upperBound...]
      }
    }
  }

  /// Returns where a function of the module is declared.
  package func location(ofFunction symbol: String) -> Location? {
    functions.first { $0.head.contains("@\"\(symbol)\"(") }.flatMap { declaration(of: $0) }
  }

  /// Returns where the module's functions are declared whose heads match, such as those that return large values.
  package func functions(where matches: (Substring) -> Bool) -> [Location] {
    functions.filter { matches($0.head) }.compactMap(declaration)
  }

  /// Returns where the module's code has instructions that match, in the order of lines.
  package func instructions(where matches: (Substring) -> Bool) -> [Location] {
    var locations: [Location] = []
    for function in functions {
      for line in function.lines where matches(line) {
        guard let found = location(ofNode: line.metadata("!dbg !")), !locations.contains(found) else {
          continue
        }
        locations.append(found)
      }
    }
    return locations.sorted()
  }

  /// Returns where the module's code uses what the texts name, or calls functions of other modules that do.
  package func uses(of texts: [String]) -> [Location] {
    var texts = texts
    var seen: Set<String> = []
    while !texts.isEmpty {
      let isUse = { (line: Substring) in texts.contains { line.contains($0) } }
      let found = instructions(where: isUse)
      if !found.isEmpty { return found }
      let callers = functions.filter { $0.lines.contains(where: isUse) }.map(\.call)
      texts = callers.filter { seen.insert($0).inserted }
    }
    return []
  }

  private func declaration(of function: Function) -> Location? {
    guard let node = nodes[function.head.metadata("!dbg !")], let line = node.number("line: "),
      let file = file(ofScope: node), file.hasPrefix(folder)
    else { return nil }
    return Location(file: file, line: line)
  }

  /// Returns the innermost location in the module's files: code of other modules is inlined there.
  private func location(ofNode id: Substring) -> Location? {
    locations(ofNode: id).first { isOwn($0.location.file) }?.location
  }

  /// Returns the locations of a metadata node, the innermost first, each with its own node: those before the last are in
  /// functions that were inlined.
  func locations(ofNode id: Substring) -> [(location: Location, node: Substring)] {
    var id = id
    var locations: [(location: Location, node: Substring)] = []
    // The nodes of a file that was not damaged end sooner.
    for _ in 0..<64 {
      guard let node = nodes[id] else { break }
      if let line = node.number("line: "), line > 0, let scope = nodes[node.metadata("scope: !")],
        let file = file(ofScope: scope)
      {
        locations.append((Location(file: file, line: line), id))
      }
      id = node.metadata("inlinedAt: !")
    }
    return locations
  }

  /// Returns the name of the function that a metadata node of a location is in.
  func functionName(ofNode id: Substring) -> Substring? {
    guard let scope = nodes[id].flatMap({ nodes[$0.metadata("scope: !")] }),
      let start = scope.firstRange(of: "name: \"")?.upperBound
    else { return nil }
    return scope[start...].prefix { $0 != "\"" }
  }

  /// Returns the number of the metadata node that an instruction has for its location; empty if it has none.
  static func node(of instruction: Substring) -> Substring { instruction.metadata("!dbg !") }

  /// Whether a file is the module's.
  func isOwn(_ file: String) -> Bool { file.hasPrefix(folder) }

  private func file(ofScope node: Substring) -> String? {
    guard let file = nodes[node.metadata("file: !")],
      let start = file.firstRange(of: "filename: \"")?.upperBound
    else { return nil }
    return String(file[start...].prefix { $0 != "\"" })
  }
}

extension Substring {
  /// The number of the metadata node after a word; empty if there is none.
  fileprivate func metadata(_ word: String) -> Substring {
    guard let start = firstRange(of: word)?.upperBound else { return "" }
    return self[start...].prefix { $0.isNumber }
  }

  fileprivate func number(_ word: String) -> Int? { Int(metadata(word)) }
}
