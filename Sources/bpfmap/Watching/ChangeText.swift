//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Formats changes, one line for each.
struct ChangeText {
  let shape: ElementTemplate.Shape
  let key: FieldFormat
  let value: FieldFormat
  let counters: Counters
  /// The labels before each CPU's value, or before the only value.
  private let labels: [String]
  private let isJSON: Bool
  private let isColored: Bool

  /// The difference of each counter in the current change.
  var differences: [Int128] = []

  /// Creates a formatter.
  ///
  /// - Parameter valueType: The type of a value. Its integers are counters.
  init(
    _ shape: ElementTemplate.Shape, key: FieldFormat = FieldFormat(), value: FieldFormat = FieldFormat(),
    valueType: BTFType? = nil, isJSON: Bool, isColored: Bool = false
  ) {
    (self.shape, self.key, self.value) = (shape, key, value)
    (self.isJSON, self.isColored) = (isJSON, isColored)
    labels = shape.cpus?.map { "  cpu \($0): " } ?? ["  value: "]
    counters = Counters(
      value.layout.map { [Counter]($0) } ?? valueType.map { [Counter]($0) } ?? [], shape)
  }

  /// Appends a line.
  ///
  /// - Parameters:
  ///   - value: The value in the kernel's layout, which includes all CPUs; empty after a removal.
  ///   - old: The previous value; empty if there was none.
  mutating func append(
    _ change: Change, key: Span<UInt8>, value: Span<UInt8>, old: Span<UInt8>, at round: RoundTime,
    to output: inout [UInt8]
  ) {
    if change == .changed {
      counters.compare(old, value, into: &differences)
    } else {
      differences.removeAll(keepingCapacity: true)
    }
    if isJSON {
      appendJSON(change, key, value, old, round, to: &output)
    } else {
      appendLine(change, key, value, old, round, to: &output)
    }
    output.append(UInt8(ascii: "\n"))
  }
}

// MARK: - Text

extension ChangeText {
  private func appendLine(
    _ change: Change, _ key: Span<UInt8>, _ value: Span<UInt8>, _ old: Span<UInt8>, _ round: RoundTime,
    to output: inout [UInt8]
  ) {
    output += (isColored ? change.coloredSign : change.sign).utf8
    output += " \(round.timeOfDay)  key: ".utf8
    self.key.append(textOf: key, to: &output)
    switch change {
    case .initial, .added: appendValue(value, to: &output)
    case .removed: appendValue(old, to: &output)
    case .changed:
      appendValue(old, value, to: &output)
      appendDifferences(round, to: &output)
    }
  }

  private func appendValue(_ value: Span<UInt8>, to output: inout [UInt8]) {
    if shape.cpus != nil, let counter = counters.only {
      output += "  sum: \(counters.number(counter, in: value))".utf8
    } else {
      for (index, label) in labels.enumerated() {
        output += label.utf8
        self.value.append(textOf: value.extracting(shape.range(ofSlot: index)), to: &output)
      }
    }
  }

  /// Appends the old and the new value; for a per-CPU map, only the values that changed.
  private func appendValue(_ old: Span<UInt8>, _ new: Span<UInt8>, to output: inout [UInt8]) {
    if shape.cpus != nil, let counter = counters.only {
      output += "  sum: \(counters.number(counter, in: old)) → \(counters.number(counter, in: new))".utf8
      return
    }
    for (index, label) in labels.enumerated() {
      let slot = shape.range(ofSlot: index)
      let (old, new) = (old.extracting(slot), new.extracting(slot))
      guard old.indices.contains(where: { old[$0] != new[$0] }) else { continue }
      output += label.utf8
      value.append(textOf: old, to: &output)
      output += " → ".utf8
      value.append(textOf: new, to: &output)
    }
  }

  private func appendDifferences(_ round: RoundTime, to output: inout [UInt8]) {
    var separator = "  "
    for (counter, difference) in zip(counters.all, differences) where difference != 0 {
      output += separator.utf8
      if !counter.name.isEmpty { output += "\(counter.name) ".utf8 }
      let sign = difference > 0 ? "+" : ""
      output += "\(sign)\(difference) (\(Rate.text(round.rate(of: difference)))/s)".utf8
      separator = ", "
    }
  }
}
