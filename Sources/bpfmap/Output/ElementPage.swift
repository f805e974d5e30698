//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// As many elements as one write(2) carries, laid out in advance.
///
/// The page is copies of one template side by side. Elements are put in one after the other, then the page is
/// written and begun again; the text between the digits is never touched.
struct ElementPage {
  private let template: ElementTemplate
  private let keySize: Int
  private let valueStride: Int
  private let capacity: Int
  private var text: [UInt8] = []

  /// - Parameter valueStride: How many bytes the kernel moves for one element's value.
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
  /// - Parameter skipping: How many bytes of the first element's text to leave out.
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

  /// Puts elements in from the beginning of the page.
  private mutating func fill(
    _ elements: Range<Int>, _ keys: borrowing Span<UInt8>, _ values: borrowing Span<UInt8>
  ) {
    // Copies, since the page's span holds all of `self` while elements are put in.
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
