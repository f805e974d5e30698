//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import NetworkTypes

/// The header of a TCP segment, without options (`struct tcphdr`).
public struct TCPHeader: BitwiseCopyable, Sendable {
  /// The source port.
  @BigEndian public var sourcePort: UInt16
  /// The destination port.
  @BigEndian public var destinationPort: UInt16
  /// The number of the first byte.
  @BigEndian public var sequence: UInt32
  /// The number of the next byte that the sender expects.
  @BigEndian public var acknowledgment: UInt32
  /// The length of the header in words of 32 bits, in the upper half.
  public var lengthAndReserved: UInt8
  /// The flags.
  public var flags: TCPFlags
  /// The number of bytes that the sender accepts.
  @BigEndian public var window: UInt16
  /// The checksum.
  @BigEndian public var checksum: UInt16
  /// The end of urgent data.
  @BigEndian public var urgentPointer: UInt16

  /// The number of bytes of the header with its options, as the segment says: 0 to 60, and at least 20 in a valid one.
  @inline(__always)
  public var headerLength: Int { Int(lengthAndReserved >> 4) &* 4 }
}

/// The flags of a TCP segment: `.syn | .ack`.
public struct TCPFlags: BitwiseCopyable, Equatable, Sendable {
  /// The bits.
  public var rawValue: UInt8

  /// Creates flags from their bits.
  @inline(__always)
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Returns the flags of both.
  @inline(__always)
  public static func | (a: TCPFlags, b: TCPFlags) -> TCPFlags { TCPFlags(rawValue: a.rawValue | b.rawValue) }

  /// Returns whether all of the given flags are set.
  @inline(__always)
  public func contains(_ flags: TCPFlags) -> Bool { rawValue & flags.rawValue == flags.rawValue }

  /// The sender has no more data.
  @inline(__always) public static var fin: TCPFlags { TCPFlags(rawValue: 1) }
  /// The first segment of a direction.
  @inline(__always) public static var syn: TCPFlags { TCPFlags(rawValue: 2) }
  /// The connection is reset.
  @inline(__always) public static var rst: TCPFlags { TCPFlags(rawValue: 4) }
  /// The data is for the application at once.
  @inline(__always) public static var psh: TCPFlags { TCPFlags(rawValue: 8) }
  /// The acknowledgment is valid.
  @inline(__always) public static var ack: TCPFlags { TCPFlags(rawValue: 16) }
}

/// The header of a UDP datagram (`struct udphdr`).
public struct UDPHeader: BitwiseCopyable, Sendable {
  /// The source port.
  @BigEndian public var sourcePort: UInt16
  /// The destination port.
  @BigEndian public var destinationPort: UInt16
  /// The number of bytes with this header.
  @BigEndian public var length: UInt16
  /// The checksum.
  @BigEndian public var checksum: UInt16
}

/// The header of an ICMP or ICMPv6 message (`struct icmphdr`).
public struct ICMPHeader: BitwiseCopyable, Sendable {
  /// The type, such as 8 for an echo request of ICMP.
  public var type: UInt8
  /// The code.
  public var code: UInt8
  /// The checksum.
  @BigEndian public var checksum: UInt16
  /// What depends on the type, such as an identifier and a sequence number.
  @BigEndian public var rest: UInt32
}
