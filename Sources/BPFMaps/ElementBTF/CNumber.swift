//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF
internal import NetworkTypes

/// A number or pointer of C.
enum CNumber: Hashable {
  case signed(Int), unsigned(Int), float(Int)
  case long, unsignedLong, character, boolean, pointer

  /// The size in bytes.
  var byteCount: Int {
    switch self {
    case .signed(let bits), .unsigned(let bits), .float(let bits): bits / 8
    case .long, .unsignedLong, .pointer: MemoryLayout<Int>.size
    case .character, .boolean: 1
    }
  }

  /// The name in C; empty for a pointer.
  var name: String {
    switch self {
    case .signed(let bits): CNumber.name(bits, "signed char")
    case .unsigned(let bits): "unsigned " + CNumber.name(bits, "char")
    case .float(let bits): bits == 16 ? "_Float16" : bits == 32 ? "float" : "double"
    case .long: "long"
    case .unsignedLong: "unsigned long"
    case .character: "char"
    case .boolean: "_Bool"
    case .pointer: ""
    }
  }

  private static func name(_ bits: Int, _ byte: String) -> String {
    switch bits {
    case 8: byte
    case 16: "short"
    case 32: "int"
    case 64: "long long"
    default: "__int128"
    }
  }

  /// The type in BTF.
  var shape: BTFDefinition.Shape {
    let bits = byteCount * 8
    return switch self {
    case .float: .float(byteCount: byteCount)
    case .pointer: .pointer(to: 0)
    case .boolean: .int(byteCount: 1, BTFType.IntegerEncoding(isBoolean: true, bitCount: 8))
    case .signed, .long: .int(byteCount: byteCount, BTFType.IntegerEncoding(isSigned: true, bitCount: bits))
    case .character:
      .int(byteCount: 1, BTFType.IntegerEncoding(isSigned: CChar.isSigned, bitCount: 8))
    case .unsigned, .unsignedLong: .int(byteCount: byteCount, BTFType.IntegerEncoding(bitCount: bits))
    }
  }
}

// MARK: - Swift types

/// A Swift type that is a number or pointer of C.
protocol CNumberType {
  /// The C type; nil if there is none, such as for an optional number.
  static var cNumber: CNumber? { get }
}

extension CNumberType where Self: FixedWidthInteger {
  // `CChar` is the type of text.
  static var cNumber: CNumber? {
    self == CChar.self ? .character : isSigned ? .signed(bitWidth) : .unsigned(bitWidth)
  }
}
extension CNumberType where Self: BinaryFloatingPoint {
  static var cNumber: CNumber? { .float(MemoryLayout<Self>.size * 8) }
}
extension Int: CNumberType {
  static var cNumber: CNumber? { .long }
}
extension UInt: CNumberType {
  static var cNumber: CNumber? { .unsignedLong }
}
extension Bool: CNumberType {
  static var cNumber: CNumber? { .boolean }
}
extension Optional: CNumberType {
  // The only optionals in maps are pointers.
  static var cNumber: CNumber? { .pointer }
}
extension Int8: CNumberType {}
extension Int16: CNumberType {}
extension Int32: CNumberType {}
extension Int64: CNumberType {}
extension Int128: CNumberType {}
extension UInt8: CNumberType {}
extension UInt16: CNumberType {}
extension UInt32: CNumberType {}
extension UInt64: CNumberType {}
extension UInt128: CNumberType {}
extension Float16: CNumberType {}
extension Float: CNumberType {}
extension Double: CNumberType {}

/// A Swift type that is a typedef in C: of a number in network byte order, or of bytes.
protocol NamedBytes {
  static var cName: String { get }
  /// The number; nil for bytes.
  static var bigEndian: CNumber? { get }
}

extension IPv4Address: NamedBytes {
  static var cName: String { "IPv4Address" }
  static var bigEndian: CNumber? { nil }
}
extension IPv6Address: NamedBytes {
  static var cName: String { "IPv6Address" }
  static var bigEndian: CNumber? { nil }
}

/// A number in network byte order.
protocol BigEndianNumber: NamedBytes {}

extension BigEndian: BigEndianNumber {
  static var cName: String { "__be\(Number.bitWidth)" }
  static var bigEndian: CNumber? { (Number.self as? any CNumberType.Type)?.cNumber }
}

/// A Swift type whose bytes stand for members that Swift computes.
protocol UnnamedBytes {}

extension CStorage: UnnamedBytes {}

/// A Swift structure whose members have other names in C.
protocol NamedMembers {
  static var memberNames: [String] { get }
}

extension AddressPrefix: NamedMembers {
  // Those of the kernel's `struct bpf_lpm_trie_key`.
  static var memberNames: [String] { ["prefixlen", "data"] }
}
