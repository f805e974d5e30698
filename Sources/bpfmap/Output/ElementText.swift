//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Formats the elements of a map: as hex digits, by their BTF types, or by the types that the caller specifies.
struct ElementText {
  private let template: ElementTemplate
  private let shape: ElementTemplate.Shape
  private let key: FieldFormat
  private let value: FieldFormat
  private let isJSON: Bool

  init(
    _ shape: ElementTemplate.Shape, key: FieldFormat = FieldFormat(), value: FieldFormat = FieldFormat(),
    isJSON: Bool
  ) {
    self.shape = shape
    self.key = key
    self.value = value
    self.isJSON = isJSON
    template = isJSON ? .json(shape) : .lines(shape)
  }

  private var isDecoded: Bool { key.layout != nil || value.layout != nil }

  private var isTyped: Bool { key.typed != nil || value.typed != nil }

  /// Whether only hex digits differ between elements, so that a page can be laid out in advance.
  var isFixed: Bool { !isDecoded && !isTyped }

  /// The template of all elements, if `isFixed`.
  var fixedTemplate: ElementTemplate { template }

  /// Returns the text of an element: a line, or a JSON object without a newline.
  ///
  /// - Parameter value: The value in the kernel's layout, which includes all CPUs.
  func text(key: [UInt8], value: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    append(key: key.span, value: value.span, to: &text)
    return text
  }

  /// Appends the text of an element: a line, or a JSON object without a newline.
  func append(key: Span<UInt8>, value: Span<UInt8>, to output: inout [UInt8]) {
    if isJSON {
      appendJSON(key, value, to: &output)
    } else if isFixed {
      appendTemplate(key, value, to: &output)
    } else {
      appendLine(key, value, to: &output)
    }
  }

  private func appendTemplate(_ key: Span<UInt8>, _ value: Span<UInt8>, to output: inout [UInt8]) {
    let start = output.count
    output += template.text
    var page = output.mutableSpan
    template.fill(&page, at: start, keys: key, 0, values: value, 0)
  }

  /// Returns the range of a CPU's value, or of the only value.
  private func slot(_ index: Int) -> Range<Int> {
    index * shape.slot..<index * shape.slot + shape.valueSize
  }
}

// MARK: - Text

extension ElementText {
  private func appendLine(_ key: Span<UInt8>, _ value: Span<UInt8>, to output: inout [UInt8]) {
    if shape.keySize > 0 {
      output += "key: ".utf8
      self.key.append(textOf: key, to: &output)
    }
    if let cpus = shape.cpus {
      let width = cpus.map { String($0).utf8.count }.max() ?? 0
      for (index, cpu) in cpus.enumerated() {
        let padding = String(repeating: " ", count: width - String(cpu).utf8.count)
        output += "\n  cpu \(padding)\(cpu): ".utf8
        self.value.append(textOf: value.extracting(slot(index)), to: &output)
      }
    } else {
      output += (shape.keySize > 0 ? "  value: " : "value: ").utf8
      self.value.append(textOf: value, to: &output)
    }
    output.append(UInt8(ascii: "\n"))
  }
}

// MARK: - JSON

extension ElementText {
  /// Appends the bytes, the values by their BTF types (`formatted`) and by the types the caller specifies (`decoded`).
  private func appendJSON(_ key: Span<UInt8>, _ value: Span<UInt8>, to output: inout [UInt8]) {
    appendTemplate(key, value, to: &output)
    guard !isFixed else { return }
    // Remove the closing brace, which follows the additional members.
    output.removeLast()
    if isTyped {
      output += #","formatted":{"#.utf8
      if let typed = self.key.typed {
        output += #""key":"#.utf8
        typed.append(jsonOf: key, to: &output)
      }
      if let typed = self.value.typed {
        if self.key.typed != nil { output.append(UInt8(ascii: ",")) }
        appendValue(value, to: &output) { typed.append(jsonOf: $0, to: &$1) }
      }
      output += "}".utf8
    }
    if isDecoded {
      output += #","decoded":{"key":"#.utf8
      output += decoded(key, self.key.layout)
      output.append(UInt8(ascii: ","))
      appendValue(value, to: &output) { $1 += decoded($0, self.value.layout) }
      output += "}".utf8
    }
    output += "}".utf8
  }

  /// Appends the member `value`, or `values` for a per-CPU map.
  private func appendValue(
    _ value: Span<UInt8>, to output: inout [UInt8], _ append: (Span<UInt8>, inout [UInt8]) -> Void
  ) {
    guard let cpus = shape.cpus else {
      output += #""value":"#.utf8
      return append(value, &output)
    }
    output += #""values":["#.utf8
    for (index, cpu) in cpus.enumerated() {
      output += #"\#(index == 0 ? "" : ","){"cpu":\#(cpu),"value":"#.utf8
      append(value.extracting(slot(index)), &output)
      output += "}".utf8
    }
    output += "]".utf8
  }

  private func decoded(_ bytes: Span<UInt8>, _ layout: FieldLayout?) -> [UInt8] {
    var json = JSONWriter()
    if let layout {
      layout.write(Array(copying: bytes)[...], to: &json)
    } else {
      json.byteArray(Array(copying: bytes))
    }
    return json.bytes
  }
}
