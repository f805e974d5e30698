//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// A histogram that was read from a map, with its key and title.
struct MapHistogram {
  /// The key of the value; nil if keys are slots, or if the map has a single value.
  var key: [UInt8]?
  /// The key and the other members of the value, as text; empty if there are none.
  var title = ""
  var counts = Log2Histogram()

  /// Reads the histograms of a map, except those without counts.
  static func all(in map: MapHandle, _ shape: HistogramShape, keys: FieldFormat) throws -> [MapHistogram] {
    let entries = try map.entries()
    switch shape {
    case .slotInElement(let counter):
      return [MapHistogram(counts: try counts(of: map, entries, counter))]
    case .slotsInValue(let arrays):
      let isOnlyValue = map.maxEntries == 1 && map.type.isAlwaysFull
      return entries.indices.flatMap { index in
        arrays.compactMap { slots in
          MapHistogram(
            slots, in: entries.perCPUValues(at: index), isOnlyValue ? nil : entries[index].key, keys)
        }
      }
    }
  }

  /// Returns the counters of all elements, in the slots that their keys select.
  private static func counts(
    of map: MapHandle, _ entries: MapEntries, _ counter: FieldType
  ) throws(Failure) -> Log2Histogram {
    var counts = Log2Histogram()
    for index in entries.indices {
      let slot = FieldType.unsigned(bytes: map.keySize, .host).number(entries[index].key[...])
      guard slot < counts.slots.count else {
        throw HistogramShape.unsupported(map, "its key \(slot) is not a slot number, 0 to 63")
      }
      let value = Log2Histogram.range(ofSlot: Int(slot)).lowerBound
      for cpu in entries.perCPUValues(at: index) { counts.add(value, count: counter.number(cpu[...])) }
    }
    return counts
  }
}

extension MapHistogram {
  /// Creates the histogram of a key from its values, one for each CPU; nil if it has no counts.
  private init?(_ slots: HistogramShape.Slots, in values: [[UInt8]], _ key: [UInt8]?, _ keys: FieldFormat) {
    let histograms = values.map { Log2Histogram(slots: slots.counts(in: $0)) }
    for histogram in histograms { counts.add(histogram) }
    guard let busiest = histograms.indices.max(by: { histograms[$0].count < histograms[$1].count }),
      !counts.isEmpty
    else { return nil }
    self.key = key
    var words = slots.name.isEmpty ? [] : [slots.name]
    if let key {
      var text = Array("key: ".utf8)
      keys.append(textOf: key.span, to: &text)
      words.append(String(decoding: text, as: UTF8.self))
    }
    // Take the other members from the busiest CPU: programs may not have set them on CPUs without counts.
    let value = values[busiest]
    words += slots.labels.map {
      "\($0.name): \($0.form.text(Array(value[$0.bytes.clamped(to: value.indices)])))"
    }
    title = words.joined(separator: "  ")
  }
}

extension HistogramShape.Slots {
  /// Returns the counters in a value.
  fileprivate func counts(in value: [UInt8]) -> [UInt64] {
    let size = counter.fixedSize ?? 0
    return (0..<count).map { counter.number(value.dropFirst(offset + $0 * size).prefix(size)) }
  }
}

extension FieldType {
  /// Whether the type is an integer.
  var isInteger: Bool {
    switch self {
    case .unsigned, .signed: true
    default: false
    }
  }

  /// Returns the number that bytes represent as this type; 0 for negative numbers and for types that are not integers.
  fileprivate func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    switch decode(bytes) {
    case .unsigned(let number): number
    case .signed(let number): UInt64(clamping: number)
    default: 0
    }
  }
}
