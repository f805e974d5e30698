//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Packet {
  /// The Ethernet header; nil if the packet is shorter. Not for packets that start with an IP header.
  @inline(__always)
  public var ethernet: EthernetHeader? { load() }

  /// The VLAN tag after the Ethernet header; nil if there is none.
  @inline(__always)
  public var vlan: VLANHeader? {
    guard let ethernet, ethernet.type == .vlan else { return nil }
    return load(at: 14)
  }

  /// The IPv4 header after the Ethernet header; nil if there is none.
  @inline(__always)
  public var ipv4: IPv4Header? {
    guard let ethernet, ethernet.type == .ipv4 else { return nil }
    return load(at: 14)
  }

  /// The IPv6 header after the Ethernet header; nil if there is none.
  @inline(__always)
  public var ipv6: IPv6Header? {
    guard let ethernet, ethernet.type == .ipv6 else { return nil }
    return load(at: 14)
  }

  /// The TCP header after Ethernet and IP; nil if there is none, or if it follows an extension of IPv6.
  @inline(__always)
  public var tcp: TCPHeader? { transportHeader(.tcp) }

  /// The UDP header after Ethernet and IP; nil if there is none, or if it follows an extension of IPv6.
  @inline(__always)
  public var udp: UDPHeader? { transportHeader(.udp) }

  /// The ICMP header after Ethernet and IPv4; nil if there is none.
  @inline(__always)
  public var icmp: ICMPHeader? {
    guard let ipv4 else { return nil }
    return transportHeader(.icmp, after: ipv4, at: 14)
  }

  /// Returns the header after an IPv4 header at an offset; nil if the protocol is another, in a later fragment, and if the
  /// IPv4 header says that it has fewer than 20 bytes.
  @inline(__always)
  public func transportHeader<T: BitwiseCopyable>(
    _ protocol: IPProtocol, after header: IPv4Header, at offset: Int
  ) -> T? {
    guard header.protocol == `protocol`, !header.isLaterFragment, header.headerLength >= 20 else {
      return nil
    }
    return load(at: offset &+ header.headerLength)
  }

  @inline(__always)
  private func transportHeader<T: BitwiseCopyable>(_ protocol: IPProtocol) -> T? {
    guard let ethernet else { return nil }
    if ethernet.type == .ipv4 {
      guard let header = load(IPv4Header.self, at: 14) else { return nil }
      return transportHeader(`protocol`, after: header, at: 14)
    }
    guard ethernet.type == .ipv6, let header = load(IPv6Header.self, at: 14), header.nextHeader == `protocol`
    else { return nil }
    return load(at: 54)
  }
}
