//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

extension ElementTemplate {
  /// The memory layout of a map's elements.
  struct Shape: Equatable {
    let keySize: Int
    let valueSize: Int
    /// The possible CPUs; nil for maps that are not per-CPU.
    let cpus: [Int]?

    /// The distance from one CPU's value to the next, in bytes.
    var slot: Int { cpus == nil ? valueSize : (valueSize + 7) & ~7 }

    /// Returns the range of a CPU's value in the element's value.
    func range(ofSlot index: Int) -> Range<Int> { index * slot..<index * slot + valueSize }
  }
}

// MARK: - JSON

extension ElementTemplate.Shape {
  /// The name of the JSON member for a value.
  var valueName: String { cpus == nil ? "value" : "values" }

  /// Writes an element's value: for per-CPU maps an array of the CPUs' values, and null if there is no value.
  ///
  /// - Parameter write: writes the value, or that of one CPU.
  func write(
    value: Span<UInt8>, to json: inout JSONWriter, by write: (Span<UInt8>, inout JSONWriter) -> Void
  ) {
    guard !value.isEmpty else { return json.null() }
    guard let cpus else { return write(value, &json) }
    json.beginArray()
    for (index, cpu) in cpus.enumerated() {
      json.beginObject()
      json.member("cpu", cpu)
      json.key("value")
      write(value.extracting(range(ofSlot: index)), &json)
      json.endObject()
    }
    json.endArray()
  }
}
