//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Bytes written as bare numbers, and the question whether those are decimal or hexadecimal.
enum PlainBytes {
  /// How bare numbers are read; the raw value is the word that says so.
  enum Base: String {
    case hexadecimal = "hex"
    case decimal = "dec"
  }

  /// The plain words of a datum that no `hex` or `dec` before them declares.
  static func undeclared(in words: some Collection<String>) -> [String] {
    words.prefix { Base(rawValue: $0) == nil }.filter {
      !$0.contains(":") && !isPrefixed($0) && !NetworkAddress.isPrefix($0)
    }
  }

  /// The one base in which all words make sense; nil if there are none.
  ///
  /// Hexadecimal makes sense if every word is two hex digits, decimal if every word is a number up to 255. If both
  /// do, they must mean the same bytes.
  static func commonBase(of words: [String]) throws(Failure) -> Base? {
    if words.isEmpty { return nil }
    let hex = words.map { $0.utf8.count == 2 ? UInt8(hexDigits: $0) : nil }
    let decimal = words.map(lenientDecimal)
    switch (hex.contains(nil), decimal.contains(nil)) {
    case (true, false): return .decimal
    case (false, true): return .hexadecimal
    case (false, false):
      if hex == decimal { return .hexadecimal }
      let text = words.joined(separator: " ")
      throw .usage("'\(text)' could be hex or decimal: write 'hex \(text)' or 'dec \(text)'")
    case (true, true):
      throw .usage(refusal(of: words))
    }
  }

  /// The bytes of one plain word in a known base.
  static func bytes(_ word: String, in base: Base) throws(Failure) -> [UInt8] {
    switch base {
    case .hexadecimal: return try hexDigits(word, in: word)
    case .decimal:
      if isNegative(word) { throw .usage(negative(word)) }
      guard let byte = lenientDecimal(word) else {
        throw .usage("'\(word)' is not a decimal byte, 0 to 255 without leading zeros")
      }
      return [byte]
    }
  }

  /// One digit or pairs of digits, in the order written.
  static func hexDigits(_ digits: String, in word: String) throws(Failure) -> [UInt8] {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ $0.hexDigit != nil }) else {
      throw .usage("'\(word)' is not hexadecimal bytes, like 0x0a0b")
    }
    if let byte = UInt8(hexDigits: digits) { return [byte] }
    guard digits.utf8.count.isMultiple(of: 2) else {
      throw .usage("'\(word)' has an odd number of hex digits: write two for each byte")
    }
    let nibbles = digits.utf8.compactMap(\.hexDigit)
    return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
  }

  /// A number up to 255. `08` is eight in every base, so that is one too; `010` is eight in C and ten in life.
  private static func lenientDecimal(_ word: String) -> UInt8? {
    guard word.utf8.allSatisfy(\.isDecimalDigit), !(word.hasPrefix("0") && word.utf8.count > 2) else {
      return nil
    }
    return UInt8(word)
  }

  private static func isNegative(_ word: String) -> Bool {
    word.utf8.count > 1 && word.hasPrefix("-") && word.utf8.dropFirst().allSatisfy(\.isDecimalDigit)
  }

  private static func negative(_ word: String) -> String {
    "'\(word)' is not a byte, 0 to 255: write a negative number with its type, like i32:\(word)"
  }

  private static func isPrefixed(_ word: String) -> Bool { word.hasPrefix("0x") || word.hasPrefix("0X") }

  /// Why the words are neither hexadecimal nor decimal bytes, by the first that is at fault.
  private static func refusal(of words: [String]) -> String {
    if words.contains("") { return "an empty word is no byte" }
    for word in words where word.utf8.contains(where: { $0.hexDigit == nil }) {
      if isNegative(word) { return negative(word) }
      if (try? NetworkAddress.ipv4(word)) != nil {
        return "'\(word)' is not a byte: write an IPv4 address as ipv4:\(word)"
      }
      return "'\(word)' is not a byte: write hex (0x0a), decimal (10) or a type (u32:42, str:eth0)"
    }
    for word in words where lenientDecimal(word) == nil && word.utf8.allSatisfy(\.isDecimalDigit) {
      return word.hasPrefix("0")
        ? "'\(word)' is no byte: a leading zero could mean octal; write dec:\(word.drop { $0 == "0" }) or 0x…"
        : "'\(word)' does not fit a byte, 0 to 255: write it with its type, like u32:\(word), or as 0x…"
    }
    let text = words.joined(separator: " ")
    return "'\(text)' mixes hex and decimal bytes: write every hex byte with two digits, or 'hex \(text)'"
  }
}
