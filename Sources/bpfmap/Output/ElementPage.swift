//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A buffer for the text of multiple elements, laid out in advance and written by one write(2).
///
/// The page consists of copies of a template. Filling in elements changes only the digits, never the text between them.
struct ElementPage {
  private let template: ElementTemplate
  private let keySize: Int
  private let valueStride: Int
  private let capacity: Int
  private var text: [UInt8] = []

  /// Creates a page.
  ///
  /// - Parameters:
  ///   - template: The text of one element.
  ///   - keySize: The size of a key, in bytes.
  ///   - valueStride: The size of a value in the kernel's layout, in bytes.
  init(_ template: ElementTemplate, keySize: Int, valueStride: Int) {
    self.template = template
    self.keySize = keySize
    self.valueStride = valueStride
    capacity = max(1, Output.capacity / template.text.count)
    text.reserveCapacity(capacity * template.text.count)
    for _ in 0..<capacity { text += template.text }
  }

  /// Writes elements, page by page.
  ///
  /// - Parameter skipping: The number of bytes to omit from the beginning of the first element's text.
  mutating func write(
    _ count: Int, keys: borrowing Span<UInt8>, values: borrowing Span<UInt8>, skipping: Int,
    to output: inout Output
  ) throws(OutputFailure) {
    for first in stride(from: 0, to: count, by: capacity) {
      let end = min(count, first + capacity)
      fill(first..<end, keys, values)
      let start = first == 0 ? skipping : 0
      try output.writeThrough(text.span.extracting(start..<(end - first) * template.text.count))
    }
  }

  /// Fills in elements, from the beginning of the page.
  private mutating func fill(
    _ elements: Range<Int>, _ keys: borrowing Span<UInt8>, _ values: borrowing Span<UInt8>
  ) {
    // Copies, since the mutable span has exclusive access to `self`.
    let (template, keySize, valueStride) = (template, keySize, valueStride)
    let length = template.text.count
    var page = text.mutableSpan
    var position = 0
    for index in elements {
      template.fill(
        &page, at: position, keys: keys, index * keySize, values: values, index * valueStride)
      position += length
    }
  }
}
