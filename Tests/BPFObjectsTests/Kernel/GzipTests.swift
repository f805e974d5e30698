//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import KernelFixtures
import Testing

@testable import BPFObjects

/// Expands output of gzip(1), an independent implementation, and rejects damaged data.
@Suite("Gzip", .notEmulated(.asksNoKernel))
struct GzipTests {
  @Test("Expands gzip's output", arguments: ["-1", "-6", "-9"])
  func anything(level: String) throws {
    var random = SeededRandom(7)
    let noise = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let words = (0..<40_000).flatMap { _ in
      Array("CONFIG_\(UInt8.random(in: 0...255, using: &random))=y\n".utf8)
    }
    let inputs = [[], [0], Array("hello".utf8), noise, words, [UInt8](repeating: 65, count: 300_000)]
    for input in inputs {
      let output = try Gzip.expand(GzipFile.compress(input, level))
      #expect(output == input, "\(input.count) bytes")
    }
  }

  @Test("Expands each block type")
  func blockKinds() throws {
    var random = SeededRandom(1)
    let noise = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let text = (0..<2000).flatMap { Array("line \($0 * $0)\n".utf8) }
    for (input, kind) in [(noise, 0), (Array("hello hello hello hello".utf8), 1), (text, 2)] {
      let compressed = try GzipFile.compress(input, "-1")
      // Without a name the header takes ten bytes. Bits 1 and 2 after it are the block type.
      #expect(Int(compressed[10]) >> 1 & 3 == kind)
      #expect(try Gzip.expand(compressed) == input)
    }
  }

  @Test("Skips all header fields, and expands all members")
  func headersAndMembers() throws {
    let body = try GzipFile.compress(Array("hello".utf8), "-6").dropFirst(10)
    let full: [UInt8] =
      [0x1f, 0x8b, 8, 0b1_1111, 1, 2, 3, 4, 0, 3] + [3, 0, 7, 7, 7] + Array("name\0comment\0".utf8) + [9, 9]
      + body
    #expect(try Gzip.expand(full) == Array("hello".utf8))
    #expect(try Gzip.expand(full + full) == Array("hellohello".utf8))
    for length in 0..<full.count {
      #expect(throws: BPFError.self) { try Gzip.expand(Array(full[..<length])) }
    }
  }

  @Test("Names the invalid part")
  func reasons() throws {
    func refusal(_ bytes: [UInt8], limit: Int = 1 << 20) -> String {
      do throws(BPFError) {
        return "\(try Gzip.expand(bytes, limit: limit).count) bytes"
      } catch {
        return error.code == .malformed ? error.explanation : "another error: \(error)"
      }
    }
    let good = try GzipFile.compress(Array("hello".utf8), "-6")
    func changed(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
      var bytes = good
      change(&bytes)
      return bytes
    }
    func blocks(_ bytes: [UInt8]) -> [UInt8] { good[..<10] + bytes }
    #expect(refusal(good) == "5 bytes")
    #expect(refusal([]).contains("truncated"))
    #expect(refusal(changed { $0[0] = 0 }).contains("does not begin"))
    #expect(refusal(changed { $0[3] = 0x20 }).contains("unknown fields"))
    #expect(refusal(changed { $0[$0.count - 8] ^= 1 }).contains("checksum"))
    #expect(refusal(changed { $0[$0.count - 4] ^= 1 }).contains("holds 5 bytes, but its trailer says 4"))
    #expect(refusal(good + [0]).contains("truncated"))
    #expect(refusal(blocks([7])).contains("unknown type"))
    #expect(refusal(blocks([1, 5, 0, 5, 0])).contains("length of a block"))
    // A fixed block: a distance before the start of the output, and invalid symbols.
    #expect(refusal(blocks([0x03, 0x02, 0, 0])).contains("before its beginning"))
    #expect(refusal(blocks([0x1b, 0x03, 0, 0])).contains("invalid length or distance"))
    // The codes of a dynamic block: 288 symbols; ambiguous; empty; incomplete.
    #expect(refusal(blocks([0xfd, 0, 0, 0])).contains("too many symbols"))
    #expect(refusal(blocks([0x05, 0, 0x92, 0x04, 0])).contains("two meanings"))
    #expect(refusal(blocks([0x05] + [UInt8](repeating: 0, count: 8))).contains("no meaning"))
    #expect(refusal(blocks([0x05, 0, 0x04, 0, 0])).contains("incomplete"))
    // Code lengths: a repetition without a predecessor; too many; all zero.
    #expect(refusal(blocks([0x05, 0, 0x12, 0, 0])).contains("before there is one"))
    #expect(refusal(blocks([0x05, 0, 0x90, 0xe0, 0xff, 0xff, 0xff])).contains("too often"))
    #expect(refusal(blocks([0x05, 0, 0x90, 0xe0, 0x7f, 0x1b])).contains("cannot end"))
    let zeros = try GzipFile.compress([UInt8](repeating: 0, count: 1 << 20), "-9")
    #expect(refusal(zeros, limit: (1 << 20) - 1).contains("more than 1048575 bytes"))
    #expect(refusal(zeros) == "1048576 bytes")
  }

  @Test("Corrupted data yields an error or the same bytes", arguments: 0..<4 as Range<UInt64>)
  func corruption(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let text = (0..<40).flatMap { Array("line \($0 * $0)\n".utf8) }
    let noise = (0..<500).map { _ in UInt8.random(in: 0...255, using: &random) }
    for input in [text, Array("hello hello hello".utf8), noise] {
      let good = try GzipFile.compress(input, "-9")
      for _ in 0..<1500 {
        var bytes = good
        for _ in 0...Int.random(in: 0...3, using: &random) {
          bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
        }
        if Int.random(in: 0..<8, using: &random) == 0 {
          bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
        }
        guard let output = try? Gzip.expand(bytes, limit: 1 << 16) else { continue }
        #expect(output == input)
      }
    }
  }
}
