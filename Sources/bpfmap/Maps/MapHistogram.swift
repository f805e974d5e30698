//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// A histogram that was read from a map, and whose it is.
struct MapHistogram {
  /// The key whose value it is; nil where keys are slots, and where the map has one value only.
  var key: [UInt8]?
  /// The key, and what else its value tells, as text; empty where there is nothing to tell apart.
  var title = ""
  var counts = Log2Histogram()

  /// Reads the histograms of a map; those of values that counted nothing are left out.
  static func all(in map: MapHandle, _ shape: HistogramShape, keys: FieldForm) throws -> [MapHistogram] {
    let entries = try map.entries()
    switch shape {
    case .slotInElement(let counter):
      return [MapHistogram(counts: try counts(of: map, entries, counter))]
    case .slotsInValue(let arrays):
      let isOnlyValue = map.maxEntries == 1 && (map.type == .array || map.type == .perCPUArray)
      return entries.indices.flatMap { index in
        arrays.compactMap { slots in
          MapHistogram(
            slots, in: entries.perCPUValues(at: index), isOnlyValue ? nil : entries[index].key, keys)
        }
      }
    }
  }

  /// The counters of all elements, each in the slot that its key says.
  private static func counts(
    of map: MapHandle, _ entries: MapEntries, _ counter: FieldType
  ) throws(Failure) -> Log2Histogram {
    var counts = Log2Histogram()
    for index in entries.indices {
      let slot = FieldType.unsigned(bytes: map.keySize, .host).number(entries[index].key[...])
      guard slot < counts.slots.count else {
        throw HistogramShape.refusal(map, "its key \(slot) is no slot, of which there are 0 to 63")
      }
      let value = Log2Histogram.range(ofSlot: Int(slot)).lowerBound
      for cpu in entries.perCPUValues(at: index) { counts.add(value, count: counter.number(cpu[...])) }
    }
    return counts
  }
}

extension MapHistogram {
  /// The histogram in the values of a key, one for each CPU; nil if it counted nothing.
  private init?(_ slots: HistogramShape.Slots, in values: [[UInt8]], _ key: [UInt8]?, _ keys: FieldForm) {
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
    // What else is in the values of CPUs that never counted may be nothing yet.
    let value = values[busiest]
    words += slots.labels.map {
      "\($0.name): \($0.form.text(Array(value[$0.bytes.clamped(to: value.indices)])))"
    }
    title = words.joined(separator: "  ")
  }
}

extension HistogramShape.Slots {
  /// The counters in a value.
  fileprivate func counts(in value: [UInt8]) -> [UInt64] {
    let size = counter.fixedSize ?? 0
    return (0..<count).map { counter.number(value.dropFirst(offset + $0 * size).prefix(size)) }
  }
}

extension FieldType {
  /// Whether it is a whole number.
  var isInteger: Bool {
    switch self {
    case .unsigned, .signed: true
    default: false
    }
  }

  /// The number that bytes are as this type: 0 for what is below, and for what is no number.
  fileprivate func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    switch decode(bytes) {
    case .unsigned(let number): number
    case .signed(let number): UInt64(clamping: number)
    default: 0
    }
  }
}
