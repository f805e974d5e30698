//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// Reads numbers of some bits, beginning with the lowest bit of each byte.
struct BitReader {
  private let bytes: [UInt8]

  /// The offset of the first byte of which no bit was read.
  private(set) var place: Int

  /// Bits that were read and not given out, the next one lowest: fewer than eight between calls.
  private var held = 0
  private var heldCount = 0

  init(_ bytes: [UInt8], from offset: Int) {
    (self.bytes, place) = (bytes, offset)
  }

  /// The next number of up to 16 bits.
  mutating func bits(_ count: Int) throws(BPFError) -> Int {
    while heldCount < count {
      guard place < bytes.count else { throw Gzip.malformed("it is cut off") }
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

  /// Drops what is left of a byte that was read in part.
  mutating func skipToByte() {
    (held, heldCount) = (0, 0)
  }

  /// The next bytes, from the beginning of one.
  mutating func bytes(_ count: Int) throws(BPFError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - place else { throw Gzip.malformed("it is cut off") }
    defer { place += count }
    return bytes[place..<place + count]
  }
}
