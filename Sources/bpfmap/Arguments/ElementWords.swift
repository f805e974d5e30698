//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The words of a command that touches elements: a map, then `key DATA` and `value VALUE` as far as it takes them.
///
/// In place of either an option may have been given, `--key JSON` or `--value JSON`.
struct ElementWords: Equatable {
  let map: MapSelector
  let key: WrittenKey?
  let value: WrittenValue?

  /// What a command wants after the map.
  enum Part: Equatable { case forbidden, optional, required }

  init(
    _ words: [String], key: Part, value: Part, keyJSON: String? = nil, valueJSON: String? = nil
  ) throws(Failure) {
    var rest = words[...]
    map = try MapSelector(consuming: &rest)
    let keyWords = try Self.section("key", endingAt: "value", of: &rest)
    let valueWords = try Self.section("value", endingAt: nil, of: &rest)
    if let stray = rest.first {
      throw .usage("'\(stray)' was not expected here: \(Self.expectation(key, value)) follows the map")
    }
    try Self.check(keyWords, keyJSON, "key", key)
    try Self.check(valueWords, valueJSON, "value", value)
    self.key =
      if let keyWords {
        try Self.naming("key") { () throws(Failure) in try WrittenKey(keyWords) }
      } else { keyJSON.map { .json($0) } }
    self.value =
      if let valueWords {
        try Self.naming("value") { () throws(Failure) in try WrittenValue(valueWords) }
      } else { valueJSON.map { .json($0) } }
  }

  /// Whether the types of the map must be known to understand the words.
  var needTypes: Bool {
    if case .json? = key { return true }
    if case .json? = value { return true }
    return false
  }

  /// The words after a keyword, up to the next one; nil if the keyword is not there.
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
      throw .usage("the \(keyword) is there twice: as '\(keyword) DATA' and as --\(keyword)")
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
    return parts.isEmpty ? "nothing" : parts.joined(separator: ", then ")
  }

  /// Puts the name of the datum before what is wrong with it.
  private static func naming<Result>(
    _ field: String, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    do throws(Failure) {
      return try body()
    } catch {
      throw .usage("\(field): \(error.message)")
    }
  }
}

/// A key as written: data, JSON to be read by the key's type, or for a local storage an object.
enum WrittenKey: Equatable {
  case data(Datum)
  case json(String)
  case object(WrittenObject)

  init(_ words: ArraySlice<String>) throws(Failure) {
    let isObject = words.first.map(WrittenObject.keyKeywords.contains) ?? false
    self = isObject ? .object(try WrittenObject(words)) : .data(try Datum(words))
  }
}

/// A value as written: data, data for each CPU, JSON to be read by the value's type, or an object.
enum WrittenValue: Equatable {
  case data(Datum)
  case json(String)
  /// Data for each CPU named.
  case perCPU([Int: Datum])
  case object(WrittenObject)

  init(_ words: ArraySlice<String>) throws(Failure) {
    if let first = words.first, WrittenObject.keywords.contains(first) {
      self = .object(try WrittenObject(words))
    } else if words.first.flatMap(Self.cpu) != nil {
      self = .perCPU(try Self.perCPU(words))
    } else if let marker = words.first(where: { Self.cpu($0) != nil }) {
      throw .usage("'\(marker)' stands after data that belongs to no CPU")
    } else {
      self = .data(try Datum(words))
    }
  }

  private static func perCPU(_ words: ArraySlice<String>) throws(Failure) -> [Int: Datum] {
    var values: [Int: Datum] = [:]
    var rest = words
    while let marker = rest.popFirst() {
      guard let cpu = cpu(marker) else { throw .usage("'\(marker)' is not a CPU, like cpu0") }
      let data = rest.prefix { Self.cpu($0) == nil }
      rest.removeFirst(data.count)
      guard !data.isEmpty else { throw .usage("no data after '\(marker)'") }
      guard values.updateValue(try Datum(data), forKey: cpu) == nil else {
        throw .usage("'\(marker)' is there twice")
      }
    }
    return values
  }

  /// The number in a word like `cpu3`.
  private static func cpu(_ word: String) -> Int? {
    guard word.hasPrefix("cpu"), word.utf8.dropFirst(3).allSatisfy(\.isDecimalDigit) else { return nil }
    return UInt16(word.dropFirst(3)).map(Int.init)
  }
}
