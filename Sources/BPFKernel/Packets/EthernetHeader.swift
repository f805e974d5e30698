//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import NetworkTypes

/// An Ethernet address.
public struct MACAddress: BitwiseCopyable, Equatable, Sendable {
  // Half words, as the kernel copies them: the address has an even offset in a frame.
  var words: (UInt16, UInt16, UInt16)

  /// The address as a number: 02:00:00:00:00:01 is `0x0200_0000_0001`.
  @inline(__always)
  public var number: UInt64 {
    UInt64(words.0.bigEndian) << 32 | UInt64(words.1.bigEndian) << 16 | UInt64(words.2.bigEndian)
  }

  /// Creates an address from its number.
  @inline(__always)
  public init(_ number: UInt64) {
    words = (
      UInt16(truncatingIfNeeded: number >> 32).bigEndian, UInt16(truncatingIfNeeded: number >> 16).bigEndian,
      UInt16(truncatingIfNeeded: number).bigEndian
    )
  }

  /// Returns whether both addresses are equal.
  @inline(__always)
  public static func == (a: MACAddress, b: MACAddress) -> Bool {
    a.words.0 == b.words.0 && a.words.1 == b.words.1 && a.words.2 == b.words.2
  }
}

/// The protocol in an Ethernet frame.
public struct EtherType: BitwiseCopyable, Equatable, Sendable {
  /// The number in network order.
  public var bigEndian: UInt16

  /// Creates a type from its number in network order.
  @inline(__always)
  public init(bigEndian: UInt16) { self.bigEndian = bigEndian }

  /// Creates a type from its number, such as `0x0800`.
  @inline(__always)
  public init(_ number: UInt16) { bigEndian = number.bigEndian }

  /// IPv4, `0x0800`.
  @inline(__always) public static var ipv4: EtherType { EtherType(0x0800) }
  /// ARP, `0x0806`.
  @inline(__always) public static var arp: EtherType { EtherType(0x0806) }
  /// A VLAN tag of 802.1Q, `0x8100`.
  @inline(__always) public static var vlan: EtherType { EtherType(0x8100) }
  /// IPv6, `0x86dd`.
  @inline(__always) public static var ipv6: EtherType { EtherType(0x86dd) }
}

/// The header of an Ethernet frame (`struct ethhdr`).
public struct EthernetHeader: BitwiseCopyable, Sendable {
  /// The destination.
  public var destination: MACAddress
  /// The source.
  public var source: MACAddress
  /// The protocol of what follows.
  public var type: EtherType
}

/// A VLAN tag, after an Ethernet header whose type is ``EtherType/vlan`` (`struct vlan_hdr`).
public struct VLANHeader: BitwiseCopyable, Sendable {
  /// The priority, a flag, and the identifier.
  @BigEndian public var tag: UInt16
  /// The protocol of what follows.
  public var type: EtherType

  /// The number of the VLAN.
  @inline(__always)
  public var identifier: UInt16 { tag & 0xfff }
}
