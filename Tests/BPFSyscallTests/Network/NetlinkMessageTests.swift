//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import Testing

@Suite("Netlink messages")
struct NetlinkMessageTests {
  private func bytes(_ numbers: UInt32...) -> [UInt8] { numbers.flatMap { [UInt8](number: $0) } }

  /// A response to a failed request, with `EPERM` and the text `no`.
  private var refusal: [UInt8] {
    let header: [UInt8] =
      [UInt8](number: UInt32(44)) + [UInt8](number: UInt16(2)) + [UInt8](number: UInt16(0x200))
    let text: [UInt8] = [UInt8](number: UInt16(7)) + [UInt8](number: UInt16(1)) + Array("no\0".utf8) + [0]
    return header + bytes(9, 0) + [UInt8](number: Int32(-1)) + [UInt8](repeating: 0, count: 16) + text
  }

  @Test("A response has the sequence number, the errno and the explanation")
  func answers() throws {
    let message = try #require(NetlinkMessage.all(in: refusal + refusal).last)
    #expect(message.sequence == 9 && message.errno == 1 && message.explanation == "no")
  }

  @Test("Truncated and damaged messages are skipped")
  func damage() {
    let whole = refusal
    for length in 0..<whole.count {
      #expect(NetlinkMessage.all(in: Array(whole[..<length])).isEmpty)
    }
    for index in whole.indices {
      for byte in [UInt8(0), 0x7f, 0x80, 0xff] {
        var damaged = whole
        damaged[index] = byte
        for message in NetlinkMessage.all(in: damaged) {
          _ = (message.errno, message.explanation)
          _ = NetlinkAttribute.all(in: message.body).flatMap(\.nested)
        }
      }
    }
    // Int32.min cannot be negated.
    let least = whole[..<16] + [UInt8](number: Int32.min) + whole[20...]
    #expect(NetlinkMessage.all(in: Array(least)).first?.errno == .max)
  }
}
