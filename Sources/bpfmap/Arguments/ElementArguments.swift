//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The arguments of a command on elements: a map, then `key DATA` and `value VALUE` if the command takes them.
///
/// The options `--key JSON` and `--value JSON` can replace either of them.
struct ElementArguments: Equatable {
  let map: MapSelector
  let key: KeyArgument?
  let value: ValueArgument?

  /// Whether a command takes a key, or a value.
  enum Part: Equatable { case forbidden, optional, required }

  init(
    _ words: [String], key: Part, value: Part, keyJSON: String? = nil, valueJSON: String? = nil
  ) throws(Failure) {
    var rest = words[...]
    map = try MapSelector(consuming: &rest)
    let keyWords = try Self.section("key", endingAt: "value", of: &rest)
    let valueWords = try Self.section("value", endingAt: nil, of: &rest)
    if let unexpected = rest.first {
      throw .usage("unexpected '\(unexpected)': expected \(Self.expectation(key, value)) after the map")
    }
    try Self.check(keyWords, keyJSON, "key", key)
    try Self.check(valueWords, valueJSON, "value", value)
    self.key =
      if let keyWords {
        try Self.addingField("key") { () throws(Failure) in try KeyArgument(keyWords) }
      } else { keyJSON.map { .json($0) } }
    self.value =
      if let valueWords {
        try Self.addingField("value") { () throws(Failure) in try ValueArgument(valueWords) }
      } else { valueJSON.map { .json($0) } }
  }

  /// Whether parsing the key or value requires the map's types.
  var needTypes: Bool {
    if case .json? = key { return true }
    if case .json? = value { return true }
    return false
  }

  /// Returns the words after a keyword, up to the next keyword; nil if the keyword is missing.
  private static func section(
    _ keyword: String, endingAt next: String?, of words: inout ArraySlice<String>
  ) throws(Failure) -> ArraySlice<String>? {
    guard words.first == keyword else { return nil }
    words.removeFirst()
    let section = next.map { next in words.prefix { $0 != next } } ?? words
    words.removeFirst(section.count)
    guard !section.isEmpty else {
      throw .usage("no data after '\(keyword)': write bytes like 0x0a0b, or typed like u32:42")
    }
    return section
  }

  private static func check(
    _ words: ArraySlice<String>?, _ json: String?, _ keyword: String, _ part: Part
  ) throws(Failure) {
    if words != nil, json != nil {
      throw .usage("the \(keyword) is given twice: as '\(keyword) DATA' and as --\(keyword)")
    }
    switch part {
    case .required where words == nil && json == nil:
      throw .usage("the \(keyword) is missing: write '\(keyword) DATA' after the map, or --\(keyword) JSON")
    case .forbidden where words != nil:
      throw .usage("this command takes no \(keyword)")
    default: break
    }
  }

  private static func expectation(_ key: Part, _ value: Part) -> String {
    let parts = [(key, "'key DATA'"), (value, "'value DATA'")].filter { $0.0 != .forbidden }.map(\.1)
    return parts.isEmpty ? "nothing" : parts.joined(separator: " and ")
  }

  /// Prefixes errors of a parser with the name of the field.
  private static func addingField<Result>(
    _ field: String, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    do throws(Failure) {
      return try body()
    } catch {
      throw .usage("\(field): \(error.message)")
    }
  }
}

/// A key from the command line: data, JSON of the key's type, or an object (for local storage).
enum KeyArgument: Equatable {
  case data(Datum)
  case json(String)
  case object(ObjectArgument)

  init(_ words: ArraySlice<String>) throws(Failure) {
    let isObject = words.first.map(ObjectArgument.keyKeywords.contains) ?? false
    self = isObject ? .object(try ObjectArgument(words)) : .data(try Datum(words))
  }
}

/// A value from the command line: data, data for each CPU, JSON of the value's type, or an object.
enum ValueArgument: Equatable {
  case data(Datum)
  case json(String)
  /// Data by CPU number.
  case perCPU([Int: Datum])
  case object(ObjectArgument)

  init(_ words: ArraySlice<String>) throws(Failure) {
    if let first = words.first, ObjectArgument.keywords.contains(first) {
      self = .object(try ObjectArgument(words))
    } else if words.first.flatMap(Self.cpu) != nil {
      self = .perCPU(try Self.perCPU(words))
    } else if let marker = words.first(where: { Self.cpu($0) != nil }) {
      throw .usage("'\(marker)' follows data without a CPU: write 'value cpu0 DATA cpu1 DATA …'")
    } else {
      self = .data(try Datum(words))
    }
  }

  private static func perCPU(_ words: ArraySlice<String>) throws(Failure) -> [Int: Datum] {
    var values: [Int: Datum] = [:]
    var rest = words
    while let marker = rest.popFirst() {
      guard let cpu = cpu(marker) else { throw .usage("'\(marker)' is not a CPU: write cpu0, cpu1, …") }
      let data = rest.prefix { Self.cpu($0) == nil }
      rest.removeFirst(data.count)
      guard !data.isEmpty else { throw .usage("no data after '\(marker)'") }
      guard values.updateValue(try Datum(data), forKey: cpu) == nil else {
        throw .usage("'\(marker)' is given twice")
      }
    }
    return values
  }

  /// Returns the number in a word like `cpu3`; nil for other words.
  private static func cpu(_ word: String) -> Int? {
    guard word.hasPrefix("cpu"), word.utf8.dropFirst(3).allSatisfy(\.isDecimalDigit) else { return nil }
    return UInt16(word.dropFirst(3)).map(Int.init)
  }
}
