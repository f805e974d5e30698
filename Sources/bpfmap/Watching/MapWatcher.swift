//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Reads a map again and again, and tells what is different from the time before.
///
/// Each round is one sweep, compared batch by batch with an ``ElementTable``. What a sweep does not meet is looked for
/// once more before it counts as removed: a sweep may miss an element that is deleted and inserted again meanwhile.
struct MapWatcher {
  /// Takes a change: the key, the value, and the value before, which are empty where there is none.
  typealias Report = (Change, _ key: Span<UInt8>, _ value: Span<UInt8>, _ old: Span<UInt8>) throws -> Void

  private let map: MapHandle
  private let flags: MapFlags
  /// The one element to look at; nil for all.
  private let key: [UInt8]?
  /// Whether it is time to stop.
  private let isOver: () -> Bool

  private let nothing: [UInt8] = []
  private var table: ElementTable
  private var isFirst = true
  /// A value as the kernel moves it, for single look-ups.
  private var buffer: [UInt8]

  init(
    _ map: MapHandle, key: [UInt8]? = nil, flags: MapFlags = [], isOver: @escaping () -> Bool = { false }
  ) throws(BPFError) {
    (self.map, self.key, self.flags, self.isOver) = (map, key, flags, isOver)
    table = ElementTable(try map.shape())
    buffer = [UInt8](repeating: 0, count: map.valueStride)
  }

  /// How many elements there were in the latest round.
  var count: Int { table.count }

  /// Reads the map, and passes on what changed since the last time; the first time, all elements.
  ///
  /// - Parameter report: Is called while the map is read, so that nothing is gathered.
  /// - Returns: whether the round was completed, and not broken off because it was time to stop.
  mutating func readRound(_ report: Report) throws -> Bool {
    table.beginRound()
    if let key {
      if try lookup(key) { try note(key, report) }
    } else {
      guard try sweep(onlyUnseen: false, report) else { return false }
      // The look-up of a trie finds what covers a key, which need not be the key: only another sweep tells.
      if !isFirst, map.type == .lpmTrie, hasUnseen {
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

  /// - Parameter onlyUnseen: Whether to pass over what was seen in this round already.
  private mutating func sweep(onlyUnseen: Bool, _ report: Report) throws -> Bool {
    let (keySize, stride) = (map.keySize, map.valueStride)
    var sweep = map.sweep(flags: flags)
    while let batch = try sweep.next() {
      try batch.withBytes { keys, values in
        let (keys, values) = (Span<UInt8>(_bytes: keys), Span<UInt8>(_bytes: values))
        for index in 0..<batch.count {
          let key = keys.extracting(index * keySize..<(index + 1) * keySize)
          if onlyUnseen, table.isSeen(key) { continue }
          try note(key, values.extracting(index * stride..<(index + 1) * stride), report)
        }
      }
      if isOver() { return false }
    }
    return true
  }

  private mutating func note(_ key: Span<UInt8>, _ value: Span<UInt8>, _ report: Report) throws {
    switch table.note(key, value) {
    case .unchanged: break
    case .added: try report(isFirst ? .initial : .added, key, value, nothing.span)
    case .changed: try report(.changed, key, value, table.old.span)
    }
  }

  /// Takes in what `buffer` holds.
  private mutating func note(_ key: [UInt8], _ report: Report) throws {
    let value = buffer
    try note(key.span, value.span, report)
  }

  /// Has elements removed that are not there, and takes in those that are there after all.
  private mutating func removeUnseen(_ report: Report) throws -> Bool {
    var key: [UInt8] = []
    var place = 0
    while let unseen = table.nextUnseen(from: place, key: &key) {
      if self.key == nil, map.type != .lpmTrie, try lookup(key) {
        try note(key, report)
      } else {
        table.remove(at: unseen)
        try report(.removed, key.span, nothing.span, table.old.span)
      }
      place = unseen + 1
      if place.isMultiple(of: 4096), isOver() { return false }
    }
    return true
  }

  /// Looks up a value into `buffer`; false if there is no such key.
  private mutating func lookup(_ key: [UInt8]) throws(BPFError) -> Bool {
    let (map, flags) = (map, flags)
    var span = buffer.mutableSpan
    // Bytes have no invalid values that a raw write could leave behind.
    var bytes = unsafe span.mutableBytes
    return map.type.isPerCPU
      ? try map.lookupPerCPU(key, into: &bytes, flags: flags)
      : try map.lookup(key, into: &bytes, flags: flags)
  }
}
