//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// A reader of bit fields, starting with the lowest bit of each byte.
struct BitReader {
  private let bytes: [UInt8]

  /// The offset of the next unread byte.
  private(set) var place: Int

  /// Buffered bits, the next one lowest: fewer than eight between calls.
  private var held = 0
  private var heldCount = 0

  init(_ bytes: [UInt8], from offset: Int) {
    (self.bytes, place) = (bytes, offset)
  }

  /// Reads a number of up to 16 bits.
  mutating func bits(_ count: Int) throws(BPFError) -> Int {
    while heldCount < count {
      guard place < bytes.count else { throw Gzip.malformed("it is truncated") }
      held |= Int(bytes[place]) << heldCount
      place += 1
      heldCount += 8
    }
    defer {
      held >>= count
      heldCount -= count
    }
    return held & ((1 << count) - 1)
  }

  /// Skips to the next byte boundary.
  mutating func skipToByte() {
    (held, heldCount) = (0, 0)
  }

  /// Reads bytes from a byte boundary.
  mutating func bytes(_ count: Int) throws(BPFError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - place else { throw Gzip.malformed("it is truncated") }
    defer { place += count }
    return bytes[place..<place + count]
  }
}
