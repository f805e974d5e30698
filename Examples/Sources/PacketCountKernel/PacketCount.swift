//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Counts the packets that an interface receives, and drops those that come from blocked networks.

import BPFKernel

/// An IP version, and the protocol of what follows the header.
public struct Kind: BitwiseCopyable, Hashable, Sendable {
  /// 4 or 6.
  public var version: UInt32
  /// The protocol's number.
  public var transport: UInt32
}

/// A number of packets, and their bytes.
public struct Traffic: BitwiseCopyable, Sendable {
  public var packets, bytes: UInt64
}

/// The packets of each kind: at most 256 for each version.
public let received = PerCPUHashMap<Kind, Traffic>(maxEntries: 2 * 256)

/// Blocked networks, with the number of packets dropped from each.
public let blockedIPv4 = LPMTrieMap<IPv4Address, UInt64>(maxEntries: 1024)
/// Blocked networks, with the number of packets dropped from each.
public let blockedIPv6 = LPMTrieMap<IPv6Address, UInt64>(maxEntries: 1024)

@section("xdp") func filter(_ context: XDPContext) -> XDPAction {
  let packet = context.packet
  let kind: Kind
  let isDropped: Bool
  if let header = packet.ipv4 {
    kind = Kind(version: 4, transport: UInt32(header.protocol.rawValue))
    isDropped = blockedIPv4.withValue(of: header.source) { $0.atomicAdd(1) } != nil
  } else if let header = packet.ipv6 {
    kind = Kind(version: 6, transport: UInt32(header.nextHeader.rawValue))
    isDropped = blockedIPv6.withValue(of: header.source) { $0.atomicAdd(1) } != nil
  } else {
    return .pass
  }
  received.withValue(of: kind, default: Traffic(packets: 0, bytes: 0)) {
    $0.bytes &+= UInt64(truncatingIfNeeded: packet.count)
    $0.packets &+= 1
  }
  return isDropped ? .drop : .pass
}
