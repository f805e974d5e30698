//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import Testing

@testable import BPFObjects

@Suite("SHA-256", .notEmulated(.asksNoKernel))
struct SHA256Tests {
  @Test("Agrees with sha256sum(1) for all lengths of the last block")
  func lengths() throws {
    // Command.run passes text, so the bytes are ASCII.
    for length in Array(0...130) + [1000, 64 * 64] {
      let text = String((0..<length).map { Character(UnicodeScalar(UInt8(33 + $0 * 7 % 90))) })
      let theirs = try Command.run("sha256sum", input: text).standardOutput.prefix(64)
      let ours = SHA256.hash(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      #expect(ours == theirs, "\(length) bytes")
    }
  }
}
