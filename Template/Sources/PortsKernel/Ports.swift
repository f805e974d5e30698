import BPFKernel

/// A number of packets, and their bytes.
public struct Traffic: BitwiseCopyable, Sendable {
  /// The number of packets.
  public var packets: UInt64
  /// The number of their bytes.
  public var bytes: UInt64
}

/// The packets to each TCP or UDP port.
public let ports = HashMap<UInt16, Traffic>(maxEntries: 65536)

@section("xdp") func count(_ context: XDPContext) -> XDPAction {
  let packet = context.packet
  guard let port = destinationPort(of: packet) else { return .pass }
  ports.withValue(of: port, default: Traffic(packets: 0, bytes: 0)) { traffic in
    traffic.packets.atomicAdd(1)
    traffic.bytes.atomicAdd(UInt64(truncatingIfNeeded: packet.count))
  }
  return .pass
}

/// Returns the port to which a packet goes; nil if it is neither TCP nor UDP.
public func destinationPort(of packet: Packet) -> UInt16? {
  if let header = packet.tcp { return header.destinationPort }
  return packet.udp?.destinationPort
}
