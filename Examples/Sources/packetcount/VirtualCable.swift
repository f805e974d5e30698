//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CVirtualCable
import Glibc

/// A cable between two network namespaces of its own, with this thread at one end.
struct VirtualCable {
  private let otherEnd: FileDescriptor

  /// Lays a cable to a new interface with a name, in a new namespace of this thread.
  init(to name: String) throws {
    let result = lay_virtual_cable(name)
    guard result >= 0 else { throw Errno(rawValue: -result) }
    otherEnd = FileDescriptor(rawValue: result)
  }

  /// Sends packets with 100 bytes of content from the other end.
  func send(_ count: Int, _ transport: Packetcount.Transport, from source: String) throws {
    let content = [UInt8](repeating: 0, count: 100)
    let packet = Self.heads(of: transport, from: source, size: content.count) + content
    for _ in 0..<count { _ = try packet.withUnsafeBytes { try otherEnd.write($0) } }
  }

  /// What stands before a packet's content. It lacks checksums: those who look at them come after the program.
  private static func heads(of transport: Packetcount.Transport, from source: String, size: Int) -> [UInt8] {
    let (transport, size) = (UInt8(transport.rawValue), UInt8(size))
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

  /// An address as it stands in packets.
  private static func bytes(of address: some PrefixAddress) -> [UInt8] {
    withUnsafeBytes(of: address) { Array($0) }
  }
}
