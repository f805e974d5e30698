//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import SystemPackage

/// Generates the same shuffled keys in every run.
enum Keys {
  /// The number of elements in a list of look-ups. Implementations work on different parts of it, so that none profits
  /// from the cache contents of the previous one.
  static let listed = 1 << 17

  /// Returns all numbers of a range, shuffled.
  static func shuffled(_ range: Range<UInt32>) -> [UInt32] {
    var generator = Generator()
    return range.shuffled(using: &generator)
  }

  /// Returns shuffled numbers from a range, each equally often.
  static func list(_ range: Range<UInt32>) -> [UInt32] {
    var list: [UInt32] = []
    while list.count < listed { list += shuffled(range).prefix(listed - list.count) }
    return list
  }

  /// Returns the same numbers, each as an array of bytes.
  static func bytes(_ keys: [UInt32]) -> [[UInt8]] {
    keys.map { key in withUnsafeBytes(of: key) { Array($0) } }
  }

  /// A pseudorandom number generator with a fixed seed.
  private struct Generator: RandomNumberGenerator {
    private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }
}

extension [UInt32] {
  /// Passes a pointer to the elements of a range to C.
  func withPointer<R>(to range: Range<Int>, _ body: (UnsafePointer<UInt32>?, Int) -> R) -> R {
    withUnsafeBufferPointer { elements in
      let window = UnsafeBufferPointer(rebasing: elements[range])
      return body(window.baseAddress, window.count)
    }
  }
}

extension TypedMap {
  /// The descriptor for C, valid while the map exists.
  var descriptor: CInt { handle.withFileDescriptor { $0.rawValue } }

  /// Returns the number of elements that the library reads in a batch from maps with elements of this size.
  ///
  /// Uses an array, since its batches are always full.
  func batchSize() throws -> Int {
    let type: MapType = handle.type.isPerCPU ? .perCPUArray : .array
    let array = try MapHandle(
      type: type, keySize: 4, valueSize: handle.valueSize, maxEntries: max(1, maxEntries))
    var sweep = array.sweep()
    return try sweep.next()?.count ?? 1
  }
}

extension HashMap where Key == UInt32, Value == UInt64 {
  /// Creates a map with the keys from 0 to below `count` and twice the keys as values, and with `spare` free entries.
  static func filled(_ count: Int, spare: Int = 0) throws -> HashMap {
    let map = try HashMap(name: "bench", maxEntries: count + spare)
    try map.update(contentsOf: Keys.shuffled(0..<UInt32(count)).lazy.map { ($0, UInt64($0) * 2) })
    return map
  }
}
