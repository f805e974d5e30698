//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An address, or another value that an ``LPMTrieMap`` finds by its leading bits.
///
/// The trie compares bytes from the first on, and in each byte the most significant bit first, so numbers must be in
/// network order. Your own types can conform: they need no padding, an alignment of at most 4, and at most 256 bytes.
public protocol PrefixAddress: BitwiseCopyable, Hashable, Sendable, LosslessStringConvertible {}

/// An IPv4 address, in network order: a `__be32`.
public struct IPv4Address: PrefixAddress, Comparable {
  /// The address as a number: 10.0.0.1 is `0x0a00_0001`.
  @BigEndian public var number: UInt32

  /// Creates an address from its number.
  @inlinable
  public init(_ number: UInt32) { self.number = number }

  /// Creates an address from its four parts.
  @inlinable
  public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
    number = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
  }

  /// The loopback address, 127.0.0.1.
  public static let loopback = IPv4Address(127, 0, 0, 1)

  /// Returns whether the first address is the lower number.
  public static func < (a: IPv4Address, b: IPv4Address) -> Bool { a.number < b.number }

  /// Parses four decimal numbers from 0 to 255, without leading zeros, separated by dots. Returns nil for other text.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { part in
      part.count > 1 && part.first == "0" || !part.allSatisfy(\.isASCIIDigit) ? nil : UInt8(part)
    }
    guard parts.count == 4, bytes.count == 4 else { return nil }
    self.init(bytes[0], bytes[1], bytes[2], bytes[3])
  }

  /// The four decimal numbers, separated by dots.
  public var description: String {
    let number = number
    return "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
  }
}

/// An IPv6 address in network order, with the layout and alignment of C's `struct in6_addr`.
public struct IPv6Address: PrefixAddress, Comparable {
  private var words: InlineArray<4, BigEndian<UInt32>>

  /// Creates an address from its eight groups of 16 bits.
  public init(groups: InlineArray<8, UInt16>) {
    words = InlineArray { BigEndian(UInt32(groups[$0 * 2]) << 16 | UInt32(groups[$0 * 2 + 1])) }
  }

  /// The address as eight groups of 16 bits.
  public var groups: InlineArray<8, UInt16> {
    InlineArray { UInt16(truncatingIfNeeded: words[$0 / 2].value >> ($0 % 2 == 0 ? 16 : 0)) }
  }

  /// The address as a number.
  public var number: UInt128 {
    words.indices.reduce(0) { $0 << 32 | UInt128(words[$1].value) }
  }

  /// Creates an address from its number.
  public init(_ number: UInt128) {
    words = InlineArray { BigEndian(UInt32(truncatingIfNeeded: number >> UInt128((3 - $0) * 32))) }
  }

  /// The loopback address, ::1.
  public static let loopback = IPv6Address(1)

  /// Returns whether both addresses are equal.
  public static func == (a: IPv6Address, b: IPv6Address) -> Bool { a.number == b.number }

  /// Returns whether the first address is the lower number.
  public static func < (a: IPv6Address, b: IPv6Address) -> Bool { a.number < b.number }

  /// Hashes the address.
  public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

// MARK: - Text

extension IPv6Address {
  /// Parses the forms of RFC 4291: groups of hexadecimal digits, `::` for one run of zeros, and four decimal numbers
  /// for the last two groups. Returns nil for other text.
  public init?(_ text: String) {
    let halves = text.ranges(of: "::")
    guard halves.count <= 1 else { return nil }
    guard let gap = halves.first else {
      guard let groups = IPv6Address.groups(in: text[...]), groups.count == 8 else { return nil }
      self.init(groups: InlineArray { groups[$0] })
      return
    }
    guard let head = IPv6Address.groups(in: text[..<gap.lowerBound], isHead: true),
      let tail = IPv6Address.groups(in: text[gap.upperBound...]), head.count + tail.count < 8
    else { return nil }
    let groups = head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
    self.init(groups: InlineArray { groups[$0] })
  }

  /// Returns the groups in a part of an address. A dotted IPv4 address may appear only at the end of the last part.
  private static func groups(in text: Substring, isHead: Bool = false) -> [UInt16]? {
    if text.isEmpty { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if part.contains("."), index == parts.count - 1, !isHead {
        guard let address = IPv4Address(String(part)) else { return nil }
        groups += [UInt16(address.number >> 16), UInt16(address.number & 0xffff)]
      } else {
        guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit), part.utf8.count == part.count,
          let group = UInt16(part, radix: 16)
        else { return nil }
        groups.append(group)
      }
    }
    return groups
  }

  /// The text form of RFC 5952: lower case, the longest run of two or more zero groups as `::`, and the end of an
  /// IPv4-mapped address as IPv4.
  public var description: String {
    let groups = groups
    if number >> 32 == 0xffff { return "::ffff:\(IPv4Address(UInt32(truncatingIfNeeded: number)))" }
    var longest = 0..<0
    var run = 0..<0
    for index in groups.indices {
      run = groups[index] == 0 ? (run.isEmpty ? index : run.lowerBound)..<index + 1 : 0..<0
      if run.count > longest.count { longest = run }
    }
    func text(_ range: Range<Int>) -> String {
      range.map { String(groups[$0], radix: 16) }.joined(separator: ":")
    }
    guard longest.count >= 2 else { return text(0..<8) }
    return text(0..<longest.lowerBound) + "::" + text(longest.upperBound..<8)
  }
}

extension Character {
  /// Whether the character is a digit from 0 to 9.
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
