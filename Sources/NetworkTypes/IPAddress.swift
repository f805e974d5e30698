//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An address, or another value that an LPM trie finds by its leading bits.
///
/// The trie compares bytes from the first on, and in each byte the most significant bit first, so numbers must be in
/// network order. Your own types can conform: they need no padding, an alignment of at most 4, and at most 256 bytes.
/// Fields that must match in full come first:
///
/// ```swift
/// /// An address at a network interface: a prefix of 32 + 8 bits is a network of 8 bits at one interface.
/// struct LocalAddress: PrefixAddress {
///   @BigEndian var interface: UInt32
///   var address: IPv4Address
/// }
/// ```
///
/// If the type is `LosslessStringConvertible`, so is its ``AddressPrefix``.
public protocol PrefixAddress: BitwiseCopyable, Hashable, Sendable {}

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
  public static var loopback: IPv4Address { IPv4Address(127, 0, 0, 1) }

  /// Returns whether the first address is the lower number.
  public static func < (a: IPv4Address, b: IPv4Address) -> Bool { a.number < b.number }
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
    let high = UInt64(words[0].value) << 32 | UInt64(words[1].value)
    let low = UInt64(words[2].value) << 32 | UInt64(words[3].value)
    return UInt128(high) << 64 | UInt128(low)
  }

  /// Creates an address from its number.
  public init(_ number: UInt128) {
    words = InlineArray { BigEndian(UInt32(truncatingIfNeeded: number >> UInt128((3 - $0) * 32))) }
  }

  /// The loopback address, ::1.
  public static var loopback: IPv6Address { IPv6Address(1) }

  /// Returns whether both addresses are equal.
  public static func == (a: IPv6Address, b: IPv6Address) -> Bool {
    a.words[0] == b.words[0] && a.words[1] == b.words[1] && a.words[2] == b.words[2]
      && a.words[3] == b.words[3]
  }

  /// Returns whether the first address is the lower number.
  public static func < (a: IPv6Address, b: IPv6Address) -> Bool { a.number < b.number }

  /// Hashes the address.
  public func hash(into hasher: inout Hasher) { hasher.combine(number) }
}
