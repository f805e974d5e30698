//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Bytes written as plain numbers, which are decimal or hexadecimal.
enum PlainBytes {
  /// The base of plain numbers. The raw value is the keyword that declares it.
  enum Base: String {
    case hexadecimal = "hex"
    case decimal = "dec"
  }

  /// Returns the plain words of a datum that are not preceded by `hex` or `dec`.
  static func undeclared(in words: some Collection<String>) -> [String] {
    words.prefix { Base(rawValue: $0) == nil }.filter {
      !$0.contains(":") && !hasHexPrefix($0) && !NetworkAddress.isPrefix($0)
    }
  }

  /// Returns the only base in which all words are valid; nil if there are no words.
  ///
  /// Words of two hex digits each are valid in hexadecimal, numbers up to 255 in decimal. If both bases are possible,
  /// they must give the same bytes.
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
      throw .usage("'\(text)' can be hex or decimal: write 'hex \(text)' or 'dec \(text)'")
    case (true, true):
      throw .usage(explanation(for: words))
    }
  }

  /// Returns the bytes of a plain word in a given base.
  static func bytes(_ word: String, in base: Base) throws(Failure) -> [UInt8] {
    switch base {
    case .hexadecimal: return try hexDigits(word, in: word)
    case .decimal:
      if isNegative(word) { throw .usage(negative(word)) }
      guard let byte = lenientDecimal(word) else {
        throw .usage("'\(word)' is not a decimal byte: write 0 to 255, without leading zeros")
      }
      return [byte]
    }
  }

  /// Returns the bytes of one hex digit or of pairs of hex digits, in the order written.
  static func hexDigits(_ digits: String, in word: String) throws(Failure) -> [UInt8] {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ $0.hexDigit != nil }) else {
      throw .usage("'\(word)' is not hexadecimal: write bytes like 0x0a0b")
    }
    if let byte = UInt8(hexDigits: digits) { return [byte] }
    guard digits.utf8.count.isMultiple(of: 2) else {
      throw .usage("'\(word)' has an odd number of hex digits: write two digits for each byte")
    }
    let nibbles = digits.utf8.compactMap(\.hexDigit)
    return stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
  }

  /// Parses a number up to 255. Accepts `08`, but not `010`, which is 8 in C and 10 elsewhere.
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

  private static func hasHexPrefix(_ word: String) -> Bool { word.hasPrefix("0x") || word.hasPrefix("0X") }

  /// Returns the error message for words that are neither hexadecimal nor decimal bytes, about the first invalid word.
  private static func explanation(for words: [String]) -> String {
    if words.contains("") { return "an empty word is not a byte" }
    for word in words where word.utf8.contains(where: { $0.hexDigit == nil }) {
      if isNegative(word) { return negative(word) }
      if (try? NetworkAddress.ipv4(word)) != nil {
        return "'\(word)' is not a byte: write an IPv4 address as ipv4:\(word)"
      }
      return "'\(word)' is not a byte: write hex (0x0a), decimal (10) or a type (u32:42, str:eth0)"
    }
    for word in words where lenientDecimal(word) == nil && word.utf8.allSatisfy(\.isDecimalDigit) {
      return word.hasPrefix("0")
        ? "'\(word)' is ambiguous: a leading zero could mean octal; write dec:\(word.drop { $0 == "0" }) or 0x…"
        : "'\(word)' does not fit in a byte, 0 to 255: write it with its type, like u32:\(word), or as 0x…"
    }
    let text = words.joined(separator: " ")
    return "'\(text)' mixes hex and decimal bytes: write every hex byte with two digits, or 'hex \(text)'"
  }
}
