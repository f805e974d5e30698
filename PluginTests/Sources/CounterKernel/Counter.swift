//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFKernel

/// The traffic of a protocol.
public struct Traffic: BitwiseCopyable, Equatable, Sendable {
  /// The number of packets.
  public var packets: UInt64
  /// The number of their bytes.
  public var bytes: UInt64

  /// Creates a value of its parts.
  public init(packets: UInt64, bytes: UInt64) { (self.packets, self.bytes) = (packets, bytes) }
}

/// The traffic by the protocol's number in the IPv4 header.
public let byProtocol = HashMap<UInt32, Traffic>(maxEntries: 256)

/// A packet that was dropped.
public struct Dropped: BitwiseCopyable, Equatable, Sendable {
  /// The number of its bytes.
  public var size: UInt32

  /// Creates a value of its parts.
  public init(size: UInt32) { self.size = size }
}

/// The packets that were dropped.
public let drops = RingBuffer<Dropped>(bytes: 4096)

/// Packets of fewer bytes are dropped.
public let minimum = Constant<UInt32>(24)

/// The number of packets.
nonisolated(unsafe) var seen: UInt64 = 0

/// What user space has another type for.
struct Last: BitwiseCopyable { var size: UInt32; var number: UInt8 }

/// The last packet that passed.
nonisolated(unsafe) var last = Last(size: 0, number: 0)

@section("xdp") func count(_ context: XDPContext) -> XDPAction {
  seen &+= 1
  let packet = context.packet
  let size = UInt32(truncatingIfNeeded: packet.count)
  guard size >= minimum.value, let number = packet.load(UInt8.self, at: protocolOffset) else {
    drops.output(Dropped(size: size))
    return .drop
  }
  last = Last(size: size, number: number)
  byProtocol.withValue(of: UInt32(number), default: Traffic(packets: 0, bytes: 0)) { traffic in
    traffic.packets.atomicAdd(1)
    traffic.bytes.atomicAdd(UInt64(size))
  }
  return .pass
}

/// The offset of the protocol's number in a frame with an IPv4 header.
public let protocolOffset = 23
