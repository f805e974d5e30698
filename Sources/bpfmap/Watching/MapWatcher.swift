//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Reads a map repeatedly, and reports the changes since the previous round.
///
/// Each round is one sweep, which is compared batch by batch with an ``ElementTable``. Elements that the sweep misses
/// are looked up before they are reported as removed, since a sweep can miss elements that are deleted and reinserted.
struct MapWatcher {
  /// Receives a change: the key, the value and the old value, which are empty if they do not exist.
  typealias Report = (Change, _ key: Span<UInt8>, _ value: Span<UInt8>, _ old: Span<UInt8>) throws -> Void

  private let map: MapHandle
  private let flags: MapFlags
  /// The key of the only element to watch; nil for all elements.
  private let key: [UInt8]?
  /// Returns whether to stop.
  private let isOver: () -> Bool

  /// Whether a look-up finds the longest prefix that covers a key, instead of the key itself.
  private let findsPrefixes: Bool

  private let nothing: [UInt8] = []
  private var table: ElementTable
  private var isFirst = true
  /// A buffer for a value in the kernel's layout, for single look-ups.
  private var buffer: [UInt8]

  init(
    _ map: MapHandle, key: [UInt8]? = nil, flags: MapFlags = [], isOver: @escaping () -> Bool = { false }
  ) throws(BPFError) {
    (self.map, self.key, self.flags, self.isOver) = (map, key, flags, isOver)
    findsPrefixes = map.type.facts.keys == .prefix
    table = ElementTable(try map.shape())
    buffer = [UInt8](repeating: 0, count: map.valueStride)
  }

  /// The number of elements in the latest round.
  var count: Int { table.count }

  /// Reads the map, and reports the changes since the previous round; in the first round, all elements.
  ///
  /// - Parameter report: Receives each change while the map is being read.
  /// - Returns: Whether the round was completed. False if it was stopped early.
  mutating func readRound(_ report: Report) throws -> Bool {
    table.beginRound()
    if let key {
      if try lookup(key) { try update(key, report) }
    } else {
      guard try sweep(onlyUnseen: false, report) else { return false }
      // A look-up in a trie finds any prefix that covers the key. Only another sweep shows whether the key exists.
      if !isFirst, findsPrefixes, hasUnseen {
        guard try sweep(onlyUnseen: true, report) else { return false }
      }
    }
    guard try removeUnseen(report) else { return false }
    isFirst = false
    return true
  }

  private var hasUnseen: Bool {
    var key: [UInt8] = []
    return table.nextUnseen(from: 0, key: &key) != nil
  }

  /// Reads all elements in one sweep.
  ///
  /// - Parameter onlyUnseen: Whether to skip elements that were already seen in this round.
  private mutating func sweep(onlyUnseen: Bool, _ report: Report) throws -> Bool {
    let (keySize, stride) = (map.keySize, map.valueStride)
    var sweep = map.sweep(flags: flags)
    while let batch = try sweep.next() {
      try batch.withBytes { keys, values in
        let (keys, values) = (Span<UInt8>(_bytes: keys), Span<UInt8>(_bytes: values))
        for index in 0..<batch.count {
          let key = keys.extracting(index * keySize..<(index + 1) * keySize)
          if onlyUnseen, table.isSeen(key) { continue }
          try update(key, values.extracting(index * stride..<(index + 1) * stride), report)
        }
      }
      if isOver() { return false }
    }
    return true
  }

  private mutating func update(_ key: Span<UInt8>, _ value: Span<UInt8>, _ report: Report) throws {
    switch table.update(key, value) {
    case .unchanged: break
    case .added: try report(isFirst ? .initial : .added, key, value, nothing.span)
    case .changed: try report(.changed, key, value, table.old.span)
    }
  }

  /// Updates an element with the value in `buffer`.
  private mutating func update(_ key: [UInt8], _ report: Report) throws {
    let value = buffer
    try update(key.span, value.span, report)
  }

  /// Removes the elements that no longer exist, and updates those that the sweep missed.
  private mutating func removeUnseen(_ report: Report) throws -> Bool {
    var key: [UInt8] = []
    var index = 0
    while let unseen = table.nextUnseen(from: index, key: &key) {
      if self.key == nil, !findsPrefixes, try lookup(key) {
        try update(key, report)
      } else {
        table.remove(at: unseen)
        try report(.removed, key.span, nothing.span, table.old.span)
      }
      index = unseen + 1
      if index.isMultiple(of: 4096), isOver() { return false }
    }
    return true
  }

  /// Looks up a value into `buffer`, and returns whether the key exists.
  private mutating func lookup(_ key: [UInt8]) throws(BPFError) -> Bool {
    let (map, flags) = (map, flags)
    var span = buffer.mutableSpan
    // A raw write cannot leave invalid values: every bit pattern of a byte is valid.
    var bytes = unsafe span.mutableBytes
    return map.type.isPerCPU
      ? try map.lookupPerCPU(key, into: &bytes, flags: flags)
      : try map.lookup(key, into: &bytes, flags: flags)
  }
}
