//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CFuzzer

/// Mutates a file within its parts, so that its structure stays valid and deeper readers are reached.
public struct Mutator {
  private var random: SplitMix

  /// Creates a mutator with a random seed.
  public init(seed: UInt32) { random = SplitMix(state: UInt64(seed)) }

  /// Mutates bytes in offset.
  ///
  /// - Parameters:
  ///   - bytes: a buffer with a file in its first `count` bytes.
  ///   - count: the size of the file.
  ///   - parts: finds the parts of a file.
  /// - Returns: the new size of the file.
  public mutating func mutate(
    _ bytes: UnsafeMutableBufferPointer<UInt8>, count: Int, parts: ([UInt8]) -> [Range<Int>]
  ) -> Int {
    let parts = parts(Array(bytes[..<count])).filter { $0.count >= 4 }
    guard let part = parts.randomElement(using: &random), random.next() % 8 != 0, let base = bytes.baseAddress
    else { return LLVMFuzzerMutate(bytes.baseAddress, count, bytes.count) }
    if random.next() % 4 == 0 {
      // Mutates without changing the size.
      _ = LLVMFuzzerMutate(base + part.lowerBound, part.count, part.count)
    } else {
      for _ in 0...random.next() % 3 { changeWord(UnsafeMutableBufferPointer(rebasing: bytes[part])) }
    }
    return count
  }

  /// Replaces a number of 1, 2, 4 or 8 bytes.
  private mutating func changeWord(_ part: UnsafeMutableBufferPointer<UInt8>) {
    let width = [1, 2, 4, 4, 4, 8].randomElement(using: &random) ?? 4
    guard part.count >= width else { return }
    let slots = part.count / width
    let offset = Int(random.next() % UInt64(slots)) * width
    let other = Int(random.next() % UInt64(slots)) * width
    var number = Mutator.number(part, offset, width)
    switch random.next() % 6 {
    case 0: number &+= UInt64(bitPattern: Int64(random.next() % 9) - 4)
    case 1: number = Mutator.number(part, other, width)
    case 2: number ^= 1 << (random.next() % UInt64(width * 8))
    case 3: number = random.next() % 64
    case 4: number = UInt64.max >> (random.next() % 64)
    default: number = random.next()
    }
    for index in 0..<width { part[offset + index] = UInt8(truncatingIfNeeded: number >> UInt64(index * 8)) }
  }

  private static func number(_ part: UnsafeMutableBufferPointer<UInt8>, _ offset: Int, _ width: Int) -> UInt64
  {
    (0..<width).reduce(0) { $0 | UInt64(part[offset + $1]) << UInt64($1 * 8) }
  }
}

/// A random number generator with the same numbers for the same seed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
