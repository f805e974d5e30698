//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
package import BPFSyscall

/// Conversion of option values to bytes in this machine's byte order, compatible with libbpf.
extension OptionType {
  /// Returns the bytes of an option's value.
  ///
  /// A Boolean holds `y` and `n`; a tristate or a character holds `y`, `n` and `m`. An array holds a quoted string,
  /// without its quotes and cut to leave room for the NUL. Integers and characters hold a number in C's notation.
  ///
  /// - Parameters:
  ///   - text: the value's text in the configuration.
  ///   - option: the option's name, for the error.
  /// - Throws: `BPFError` with `BPFError.Code.typeMismatch` if the type cannot hold the value,
  ///   `BPFError.Code.outOfBounds` for a number that is too large or too small, `BPFError.Code.malformed` for an
  ///   invalid value.
  package func bytes(of text: String, option: String) throws(BPFError) -> [UInt8] {
    let subject = "the option \(option) is '\(text)'"
    if let letter = OptionType.answer(text) { return try bytes(ofAnswer: letter, subject) }
    if text.utf8.first == UInt8(ascii: "\"") { return try bytes(ofString: Array(text.utf8), subject) }
    guard let number = OptionType.number(text) else {
      throw BPFError(
        .readConfiguration, .malformed, "\(subject): neither y, n or m, nor a number, nor a quoted string")
    }
    switch self {
    case .integer, .character: return try bytes(ofNumber: number, subject)
    case .boolean, .tristate, .text: throw mismatch("\(subject), a number")
    }
  }

  /// Returns the bytes of a number that was probed from the kernel.
  package func bytes(of number: UInt32, option: String) throws(BPFError) -> [UInt8] {
    let subject = "\(option) is \(number)"
    switch self {
    case .integer, .character: return try bytes(ofNumber: Int128(number), subject)
    case .boolean where number <= 1: return [UInt8(number)]
    case .boolean, .tristate, .text: throw mismatch("\(subject), a number")
    }
  }

  private func mismatch(_ subject: String) -> BPFError {
    BPFError(.readConfiguration, .typeMismatch, "\(subject), and the variable for it is \(self)")
  }
}

// MARK: - Answers

extension OptionType {
  private static func answer(_ text: String) -> UInt8? {
    switch text {
    case "y": UInt8(ascii: "y")
    case "n": UInt8(ascii: "n")
    case "m": UInt8(ascii: "m")
    default: nil
    }
  }

  private func bytes(ofAnswer letter: UInt8, _ subject: String) throws(BPFError) -> [UInt8] {
    switch self {
    case .boolean where letter != UInt8(ascii: "m"): return [letter == UInt8(ascii: "y") ? 1 : 0]
    case .tristate:
      let number =
        switch letter {
        case UInt8(ascii: "y"): 1
        case UInt8(ascii: "m"): 2
        default: 0
        }
      return OptionType.bytes(Int128(number), count: 4)
    case .character: return [letter]
    case .boolean, .integer, .text: throw mismatch(subject)
    }
  }
}

// MARK: - Strings

extension OptionType {
  private func bytes(ofString text: [UInt8], _ subject: String) throws(BPFError) -> [UInt8] {
    guard case .text(let count) = self else { throw mismatch("\(subject), a string") }
    guard text.count >= 2, text.last == UInt8(ascii: "\"") else {
      throw BPFError(.readConfiguration, .malformed, "\(subject), a string that does not end")
    }
    let characters = text.dropFirst().dropLast().prefix(max(count - 1, 0))
    return characters + [UInt8](repeating: 0, count: max(count - characters.count, 0))
  }
}

// MARK: - Numbers

extension OptionType {
  /// Parses a C integer: decimal, hexadecimal after `0x`, octal after `0`, with optional sign; nil for other text.
  private static func number(_ text: String) -> Int128? {
    var digits = text[...]
    let isNegative = digits.first == "-"
    if isNegative || digits.first == "+" { digits = digits.dropFirst() }
    var radix = 10
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
      (digits, radix) = (digits.dropFirst(2), 16)
    } else if digits.hasPrefix("0") {
      radix = 8
    }
    // Swift's parser would accept a second sign.
    guard let first = digits.first, first != "-", first != "+" else { return nil }
    return Int128(digits, radix: radix).map { isNegative ? -$0 : $0 }
  }

  private func bytes(ofNumber number: Int128, _ subject: String) throws(BPFError) -> [UInt8] {
    guard range.contains(number) else {
      throw BPFError(
        .readConfiguration, .outOfBounds, "\(subject), which does not fit into \(self) (\(range))")
    }
    return OptionType.bytes(number, count: byteCount)
  }

  /// The range of values that fit. Eight bytes take any 64-bit number, since the configuration does not tell whether
  /// a value such as `0xffff800000000000` is signed.
  private var range: ClosedRange<Int128> {
    switch self {
    case .integer(byteCount: 8, _): return Int128(Int64.min)...Int128(UInt64.max)
    case .character(let isSigned), .integer(_, let isSigned):
      let bitCount = min(max(byteCount, 1), 8) * 8
      return isSigned ? -(1 << (bitCount - 1))...(1 << (bitCount - 1)) - 1 : 0...(1 << bitCount) - 1
    case .boolean, .tristate, .text: return 0...0
    }
  }

  /// Returns the lowest bytes of a number, in this machine's byte order.
  private static func bytes(_ number: Int128, count: Int) -> [UInt8] {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * Int128($0))) }
    return Instruction.isMachineBigEndian ? bytes.reversed() : bytes
  }
}
