//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFKernel
import Testing

/// Tests the headers of packets on the host. The corpus of kernel modules tests that the verifier accepts them.
@Suite("Packet")
struct PacketTests {
  private static let ethernet: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]

  /// Returns a frame with an IPv4 packet.
  private func frame(_ number: UInt8, _ payload: [UInt8], options: Int = 0, fragment: UInt8 = 0) -> [UInt8] {
    var header: [UInt8] = [0x45 + UInt8(options), 0, 0, 20, 0, 1, 0, fragment, 64, number, 0, 0]
    header += [10, 1, 2, 3, 192, 0, 2, 1] + [UInt8](repeating: 0xff, count: options * 4)
    return PacketTests.ethernet + [8, 0] + header + payload
  }

  private let tcp: [UInt8] = [0, 80, 4, 210, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x12, 1, 0, 0, 0, 0, 0]

  @Test("Headers have the sizes of the kernel's structures")
  func sizes() {
    #expect(MemoryLayout<EthernetHeader>.size == 14)
    #expect(MemoryLayout<VLANHeader>.size == 4)
    #expect(MemoryLayout<IPv4Header>.size == 20)
    #expect(MemoryLayout<IPv6Header>.size == 40)
    #expect(MemoryLayout<TCPHeader>.size == 20)
    #expect(MemoryLayout<UDPHeader>.size == 8)
    #expect(MemoryLayout<ICMPHeader>.size == 8)
  }

  @Test("An Ethernet header has its addresses and its type")
  func ethernetHeader() throws {
    let header = try #require(Packet.withBytes(PacketTests.ethernet + [0x08, 0x06]) { $0.ethernet })
    #expect(header.destination.number == 0x0200_0000_0001)
    #expect(header.source == MACAddress(0x0200_0000_0002))
    #expect(header.type == .arp)
    #expect(Packet.withBytes(PacketTests.ethernet) { $0.ethernet } == nil)
  }

  @Test("An IPv4 header has its addresses and its protocol")
  func ipv4Header() throws {
    let header = try #require(Packet.withBytes(frame(17, [])) { $0.ipv4 })
    #expect(header.source == IPv4Address(10, 1, 2, 3))
    #expect(header.destination == IPv4Address(192, 0, 2, 1))
    #expect(header.protocol == .udp)
    #expect(header.headerLength == 20)
    #expect(Packet.withBytes(Array(frame(17, []).dropLast())) { $0.ipv4 } == nil)
    #expect(Packet.withBytes(frame(17, [])) { $0.ipv6 } == nil)
  }

  @Test("A TCP header comes after the options of IPv4", arguments: [0, 2, 10])
  func tcpHeader(options: Int) throws {
    let bytes = frame(6, tcp, options: options)
    let header = try #require(Packet.withBytes(bytes) { $0.tcp })
    #expect(header.sourcePort == 80)
    #expect(header.destinationPort == 1234)
    #expect(header.flags == .syn | .ack)
    #expect(header.flags.contains(.syn) && !header.flags.contains(.fin | .syn))
    #expect(Packet.withBytes(Array(bytes.dropLast())) { $0.tcp } == nil)
    #expect(Packet.withBytes(bytes) { $0.udp } == nil)
  }

  @Test("A later fragment has no transport header")
  func laterFragment() {
    #expect(Packet.withBytes(frame(6, tcp, fragment: 5)) { $0.tcp } == nil)
  }

  @Test("A VLAN tag has its number and the type of what follows")
  func vlanHeader() throws {
    let header = try #require(Packet.withBytes(PacketTests.ethernet + [0x81, 0, 0x60, 5, 8, 0]) { $0.vlan })
    #expect(header.identifier == 5)
    #expect(header.type == .ipv4)
  }

  @Test("A value is loaded only if all of it is in the packet")
  func bounds() {
    Packet.withBytes([1, 2, 3]) { packet in
      #expect(packet.count == 3)
      #expect(packet.load(UInt8.self, at: 2) == 3)
      #expect(packet.load(UInt8.self, at: 3) == nil)
      #expect(packet.load(UInt32.self) == nil)
    }
  }

  @Test("A negative offset ends the process on the host")
  func negativeOffset() async {
    await #expect(processExitsWith: .failure) {
      _ = Packet.withBytes([1, 2, 3]) { $0.load(UInt8.self, at: -1) }
    }
  }

  @Test("An offset beyond the packet has no value, however large it is", arguments: [3, 4, Int.max])
  func largeOffset(_ offset: Int) {
    #expect(Packet.withBytes([1, 2, 3]) { $0.load(UInt8.self, at: offset) } == nil)
    #expect(Packet.withBytes([1, 2, 3]) { $0.modify(UInt8.self, at: offset) { $0 = 1 } } == nil)
  }

  @Test("The caller sees a change of a header, at any alignment", arguments: 0..<4)
  func change(at offset: Int) throws {
    let padding = [UInt8](repeating: 0, count: offset)
    var bytes = padding + frame(6, tcp)
    let lifetime = Packet.withMutableBytes(&bytes) { packet in
      packet.modify(IPv4Header.self, at: offset + 14) { header in
        header.destination = IPv4Address(10, 9, 8, 7)
        return header.timeToLive
      }
    }
    #expect(lifetime == 64)
    var expected = padding + frame(6, tcp)
    expected.replaceSubrange(offset + 30..<offset + 34, with: [10, 9, 8, 7])
    #expect(bytes == expected)
    #expect(
      Packet.withBytes(bytes) { $0.load(IPv4Header.self, at: offset + 14) }?.source
        == IPv4Address(10, 1, 2, 3))
  }

  @Test("An IPv4 header that claims fewer than 20 bytes has no transport header", arguments: [0, 1, 4])
  func shortHeader(words: UInt8) throws {
    var bytes = frame(6, tcp)
    bytes[14] = 0x40 | words
    #expect(Packet.withBytes(bytes) { $0.tcp } == nil)
    #expect(try #require(Packet.withBytes(bytes) { $0.ipv4 }).headerLength == Int(words) * 4)
  }
}
