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
  let template: ElementTemplate
  private let keySize: Int
  private let valueStride: Int
  private let capacity: Int
  private(set) var count = 0
  private var text: [UInt8]

  /// - Parameter valueStride: How many bytes the kernel moves for one element's value.
  init(_ template: ElementTemplate, keySize: Int, valueStride: Int) {
    self.template = template
    self.keySize = keySize
    self.valueStride = valueStride
    capacity = max(1, Output.capacity / template.text.count)
    text = []
    text.reserveCapacity(capacity * template.text.count)
    for _ in 0..<capacity { text += template.text }
  }

  /// Puts in elements from an index on, as many as there is room for; returns the index it got to.
  mutating func fill(
    from first: Int, of total: Int, keys: borrowing Span<UInt8>, values: borrowing Span<UInt8>
  ) -> Int {
    let end = min(total, first + capacity - count)
    // Copies, since the page's span holds all of `self` while elements are put in.
    let (template, keySize, valueStride) = (template, keySize, valueStride)
    let length = template.text.count
    var position = count * length
    count += end - first
    var page = text.mutableSpan
    for index in first..<end {
      template.fill(
        &page, at: position, keys: keys, index * keySize, values: values, index * valueStride)
      position += length
    }
    return end
  }

  /// Hands the elements put in to the output and begins again.
  ///
  /// - Parameter skipping: How many bytes at the beginning to leave out.
  mutating func empty(skipping: Int, to output: inout Output) throws(OutputFailure) {
    guard count > 0 else { return }
    try output.writeThrough(text.span.extracting(skipping..<count * template.text.count))
    count = 0
  }
}
