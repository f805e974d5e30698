//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import SystemPackage

/// Keys to work with: always the same, in an order without one.
enum Keys {
  /// How many elements a list of look-ups has. It is gone through in pieces, so that no implementation finds in the
  /// cache what the one before it left there.
  static let listed = 1 << 17

  /// All numbers of a range, shuffled.
  static func shuffled(_ range: Range<UInt32>) -> [UInt32] {
    var generator = Generator()
    return range.shuffled(using: &generator)
  }

  /// Numbers from a range: each as often as any other, shuffled.
  static func list(_ range: Range<UInt32>) -> [UInt32] {
    var list: [UInt32] = []
    while list.count < listed { list += shuffled(range).prefix(listed - list.count) }
    return list
  }

  /// The same numbers, each as bytes of its own.
  static func bytes(_ keys: [UInt32]) -> [[UInt8]] {
    keys.map { key in withUnsafeBytes(of: key) { Array($0) } }
  }

  /// Numbers that look random and are the same each time.
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
  /// Lends C the elements of a range.
  func withPointer<R>(to range: Range<Int>, _ body: (UnsafePointer<UInt32>?, Int) -> R) -> R {
    withUnsafeBufferPointer { elements in
      let window = UnsafeBufferPointer(rebasing: elements[range])
      return body(window.baseAddress, window.count)
    }
  }
}

extension TypedMap {
  /// The descriptor for C, good as long as the map.
  var descriptor: CInt { handle.withFileDescriptor { $0.rawValue } }

  /// How many elements the library reads in a batch from maps with elements as large as this one's.
  ///
  /// An array tells: its batches are always full.
  func batchSize() throws -> Int {
    let type: MapType = handle.type.isPerCPU ? .perCPUArray : .array
    let array = try MapHandle(
      type: type, keySize: 4, valueSize: handle.valueSize, maxEntries: max(1, maxEntries))
    var sweep = array.sweep()
    return try sweep.next()?.count ?? 1
  }
}

extension HashMap where Key == UInt32, Value == UInt64 {
  /// A map with the keys from 0 to below `count`; the values are twice the keys.
  static func filled(_ count: Int, room: Int = 0) throws -> HashMap {
    let map = try HashMap(name: "bench", maxEntries: count + room)
    try map.update(contentsOf: Keys.shuffled(0..<UInt32(count)).lazy.map { ($0, UInt64($0) * 2) })
    return map
  }
}
