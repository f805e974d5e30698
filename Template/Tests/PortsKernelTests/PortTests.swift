import BPFKernel
import PortsKernel
import Testing

@Suite("Ports")
struct PortTests {
  /// Returns a frame with an IPv4 packet to port 443.
  private func frame(protocol number: UInt8) -> [UInt8] {
    let ethernet: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]
    let header: [UInt8] = [0x45, 0, 0, 40, 0, 0, 0, 0, 64, number, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]
    return ethernet + header + [0xc0, 0, 1, 0xbb] + [UInt8](repeating: 0, count: 16)
  }

  @Test("TCP and UDP have ports")
  func ports() {
    #expect(Packet.withBytes(frame(protocol: 6), destinationPort) == 443)
    #expect(Packet.withBytes(frame(protocol: 17), destinationPort) == 443)
  }

  @Test("Other protocols and truncated packets have none")
  func noPorts() {
    #expect(Packet.withBytes(frame(protocol: 1), destinationPort) == nil)
    #expect(Packet.withBytes(Array(frame(protocol: 6).prefix(40)), destinationPort) == nil)
  }
}
