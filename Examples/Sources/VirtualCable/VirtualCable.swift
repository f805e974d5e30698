//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CVirtualCable
import Glibc

/// A virtual cable between two new network namespaces, with this thread at one end.
public struct VirtualCable {
  /// The protocol of a packet. The values are the protocol numbers in packets.
  public enum Transport: UInt8 {
    case icmp = 1
    case tcp = 6
    case udp = 17
    case icmpv6 = 58
  }

  private let otherEnd: FileDescriptor

  /// Connects a new interface with the given name, in a new namespace for this thread.
  public init(to name: String) throws {
    let result = lay_virtual_cable(name)
    guard result >= 0 else { throw Errno(rawValue: -result) }
    otherEnd = FileDescriptor(rawValue: result)
  }

  /// Sends packets with 100 bytes of content from the other end.
  public func send(_ count: Int, _ transport: Transport, from source: String) throws {
    let content = [UInt8](repeating: 0, count: 100)
    let packet = Self.headers(of: transport, from: source, size: content.count) + content
    for _ in 0..<count { _ = try packet.withUnsafeBytes { try otherEnd.write($0) } }
  }

  /// Returns the headers of a packet. They lack checksums, which the kernel verifies only after the XDP program.
  private static func headers(of transport: Transport, from source: String, size: Int) -> [UInt8] {
    let (transport, size) = (transport.rawValue, UInt8(size))
    let hosts: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 1]
    if let source = IPv4Address(source) {
      let start = [0x45, 0, 0, 20 + size, 0, 0, 0, 0, 64, transport, 0, 0]
      return hosts + [0x08, 0x00] + start + bytes(of: source) + bytes(of: IPv4Address.loopback)
    } else if let source = IPv6Address(source) {
      let start = [0x60, 0, 0, 0, 0, size, transport, 64]
      return hosts + [0x86, 0xdd] + start + bytes(of: source) + bytes(of: IPv6Address.loopback)
    }
    return []
  }

  /// Returns an address in network byte order.
  private static func bytes(of address: some PrefixAddress) -> [UInt8] {
    withUnsafeBytes(of: address) { Array($0) }
  }
}
