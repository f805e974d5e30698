//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Integers on the command line: decimal, or hexadecimal with the prefix `0x`.
///
/// Leading zeros are rejected: C and bpftool read `010` as 8, people read it as 10.
enum IntegerArgument {
  static func parse<Number: FixedWidthInteger>(
    _ text: some StringProtocol, as type: Number.Type, description what: String
  ) throws(Failure) -> Number {
    let range = Int128(Number.min)...Int128(Number.max)
    return Number(truncatingIfNeeded: try parse(String(text), in: range, description: what))
  }

  /// Returns a number of at most 64 bits. All integer types share this function.
  static func parse(
    _ text: String, in range: ClosedRange<Int128>, description what: String
  ) throws(Failure) -> Int128 {
    let isNegative = text.hasPrefix("-") && range.lowerBound < 0
    let unsigned = isNegative ? String(text.dropFirst()) : text
    let isHex = unsigned.hasPrefix("0x") || unsigned.hasPrefix("0X")
    let digits = isHex ? String(unsigned.dropFirst(2)) : unsigned
    let isWritten =
      !digits.isEmpty && digits.utf8.allSatisfy { isHex ? $0.hexDigit != nil : $0.isDecimalDigit }
    guard isWritten else {
      throw .usage("'\(text)' is not \(what): write a decimal number, or a hexadecimal one with 0x")
    }
    guard isHex || digits.count == 1 || !digits.hasPrefix("0") else {
      throw .usage("'\(text)' is not \(what): a leading zero could mean octal; remove it")
    }
    guard let number = Int128((isNegative ? "-" : "") + digits, radix: isHex ? 16 : 10),
      range.contains(number)
    else {
      throw .usage("'\(text)' is out of range for \(what): \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}

extension UInt8 {
  var isDecimalDigit: Bool { (0x30...0x39).contains(self) }

  /// The value of this character as a hexadecimal digit; nil if it is not a digit.
  var hexDigit: UInt8? {
    switch self {
    case 0x30...0x39: self - 0x30
    case 0x41...0x46: self - 0x41 + 10
    case 0x61...0x66: self - 0x61 + 10
    default: nil
    }
  }
}
