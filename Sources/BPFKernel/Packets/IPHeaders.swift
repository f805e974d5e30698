//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import NetworkTypes

/// The protocol in an IP packet.
public struct IPProtocol: BitwiseCopyable, Equatable, Sendable {
  /// The number (`IPPROTO_*`).
  public var rawValue: UInt8

  /// Creates a protocol from its number.
  @inline(__always)
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// ICMP, 1.
  @inline(__always) public static var icmp: IPProtocol { IPProtocol(rawValue: 1) }
  /// TCP, 6.
  @inline(__always) public static var tcp: IPProtocol { IPProtocol(rawValue: 6) }
  /// UDP, 17.
  @inline(__always) public static var udp: IPProtocol { IPProtocol(rawValue: 17) }
  /// ICMP for IPv6, 58.
  @inline(__always) public static var icmpv6: IPProtocol { IPProtocol(rawValue: 58) }
}

/// The header of an IPv4 packet, without options (`struct iphdr`).
public struct IPv4Header: BitwiseCopyable, Sendable {
  /// The version, 4, in the upper half; the length of the header in words of 32 bits in the lower.
  public var versionAndLength: UInt8
  /// The type of service.
  public var typeOfService: UInt8
  /// The number of bytes of the packet with this header.
  @BigEndian public var totalLength: UInt16
  /// The identifier, the same in all fragments.
  @BigEndian public var identifier: UInt16
  /// Three flags, and the offset of the fragment in units of 8 bytes.
  @BigEndian public var fragment: UInt16
  /// The number of hops that remain.
  public var timeToLive: UInt8
  /// The protocol of what follows.
  public var `protocol`: IPProtocol
  /// The checksum of the header.
  @BigEndian public var checksum: UInt16
  /// The source.
  public var source: IPv4Address
  /// The destination.
  public var destination: IPv4Address

  /// The number of bytes of the header with its options, as the packet says: 0 to 60, and at least 20 in a valid packet.
  @inline(__always)
  public var headerLength: Int { Int(versionAndLength & 15) &* 4 }

  /// Whether the packet is a fragment other than the first: it has no transport header.
  @inline(__always)
  public var isLaterFragment: Bool { fragment & 0x1fff != 0 }
}

/// The header of an IPv6 packet, without extensions (`struct ipv6hdr`).
public struct IPv6Header: BitwiseCopyable, Sendable {
  /// The version, the traffic class, and the flow label.
  @BigEndian public var versionClassAndFlow: UInt32
  /// The number of bytes that follow.
  @BigEndian public var payloadLength: UInt16
  /// The protocol of what follows, or of an extension.
  public var nextHeader: IPProtocol
  /// The number of hops that remain.
  public var hopLimit: UInt8
  /// The source.
  public var source: IPv6Address
  /// The destination.
  public var destination: IPv6Address
}
