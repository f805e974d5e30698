//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A type name on the command line: before a colon (`u32:42`), or in `--key-as` and `--value-as`.
enum FieldType: Equatable {
  case unsigned(bytes: Int, ByteOrder)
  case signed(bytes: Int, ByteOrder)
  case float
  case double
  case ipv4
  case ipv6
  case mac
  /// A prefix length in host byte order and an address: the key of an LPM trie.
  case prefix
  /// Text, padded with NULs to its size; without a size, it fills the rest of the field.
  case text(bytes: Int?)
  /// Zero bytes, such as the padding in a C struct.
  case padding

  enum ByteOrder { case host, big, little }

  /// The types without a size parameter, as help and error messages list them.
  static let named: [(name: String, type: FieldType)] = [
    ("u8", .unsigned(bytes: 1, .host)), ("u16", .unsigned(bytes: 2, .host)),
    ("u32", .unsigned(bytes: 4, .host)), ("u64", .unsigned(bytes: 8, .host)),
    ("i8", .signed(bytes: 1, .host)), ("i16", .signed(bytes: 2, .host)),
    ("i32", .signed(bytes: 4, .host)), ("i64", .signed(bytes: 8, .host)),
    ("be16", .unsigned(bytes: 2, .big)), ("be32", .unsigned(bytes: 4, .big)),
    ("be64", .unsigned(bytes: 8, .big)), ("le16", .unsigned(bytes: 2, .little)),
    ("le32", .unsigned(bytes: 4, .little)), ("le64", .unsigned(bytes: 8, .little)),
    ("f32", .float), ("f64", .double), ("ipv4", .ipv4), ("ipv6", .ipv6), ("mac", .mac),
    ("prefix", .prefix), ("str", .text(bytes: nil)), ("pad", .padding),
  ]

  static var allNames: String { named.map(\.name).joined(separator: " ") + " strN" }

  init?(name: some StringProtocol) {
    if let known = Self.named.first(where: { $0.name == name }) {
      self = known.type
    } else if name.hasPrefix("str"), let size = Int(name.dropFirst(3)), (1...65535).contains(size) {
      self = .text(bytes: size)
    } else {
      return nil
    }
  }

  /// Returns the bytes of `text` as this type.
  ///
  /// - Throws: `Failure` if the text is not of this type, or is out of range. Values are never truncated.
  func encode(_ text: String) throws(Failure) -> [UInt8] {
    switch self {
    case .unsigned(let size, let order): return try Self.number(text, size, order, signed: false)
    case .signed(let size, let order): return try Self.number(text, size, order, signed: true)
    case .float:
      let number = try Self.floating(text, as: Float.self, description: "an f32")
      return Self.hostOrder(number.bitPattern)
    case .double:
      let number = try Self.floating(text, as: Double.self, description: "an f64")
      return Self.hostOrder(number.bitPattern)
    case .ipv4: return try NetworkAddress.ipv4(text)
    case .ipv6: return try NetworkAddress.ipv6(text)
    case .mac: return try NetworkAddress.mac(text)
    case .prefix: return try NetworkAddress.prefix(text)
    case .padding:
      let count = try IntegerArgument.parse(text, as: UInt16.self, description: "a number of bytes")
      return [UInt8](repeating: 0, count: Int(count))
    case .text(nil): return Array(text.utf8)
    case .text(let size?):
      let bytes = Array(text.utf8)
      guard bytes.count <= size else {
        throw .usage("'\(text)' is \(bytes.count) bytes, but str\(size) holds \(size)")
      }
      return bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }
  }

  static func hostOrder(_ number: some FixedWidthInteger) -> [UInt8] {
    #if _endian(big)
    bigEndian(number)
    #else
    bigEndian(number).reversed()
    #endif
  }

  static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  private static func number(
    _ text: String, _ size: Int, _ order: ByteOrder, signed: Bool
  ) throws(Failure) -> [UInt8] {
    let prefix = order == .big ? "be" : order == .little ? "le" : signed ? "i" : "u"
    let what = "\(signed || prefix == "u" ? (prefix == "i" ? "an" : "a") : "a") \(prefix)\(size * 8)"
    let bits = size * 8
    let range: ClosedRange<Int128> = signed ? -(1 << (bits - 1))...(1 << (bits - 1)) - 1 : 0...(1 << bits) - 1
    let number = try IntegerArgument.parse(text, in: range, description: what)
    let big = Array(bigEndian(UInt64(truncatingIfNeeded: number)).suffix(size))
    return order.isBig ? big : big.reversed()
  }

  private static func floating<Number: BinaryFloatingPoint & LosslessStringConvertible>(
    _ text: String, as type: Number.Type, description what: String
  ) throws(Failure) -> Number {
    guard let number = Number(text) else { throw .usage("'\(text)' is not \(what): write 1.5 or -2e-3") }
    guard number.isFinite || text.contains(where: { "iInN".contains($0) }) else {
      throw .usage("'\(text)' is out of range for \(what)")
    }
    return number
  }
}

extension FieldType.ByteOrder {
  /// Whether the most significant byte comes first on this machine.
  var isBig: Bool {
    #if _endian(big)
    self != .little
    #else
    self == .big
    #endif
  }
}
