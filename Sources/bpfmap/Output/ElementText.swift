//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

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
        self.value.append(textOf: value.extracting(shape.range(ofSlot: index)), to: &output)
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
    // The template is a whole object. The other members go before its closing brace.
    output.removeLast()
    var json = JSONWriter(continuingObjectIn: &output)
    if isTyped {
      json.key("formatted")
      json.beginObject()
      if let typed = self.key.typed {
        json.key("key")
        typed.write(key, to: &json)
      }
      if let typed = self.value.typed {
        json.key(shape.valueName)
        shape.write(value: value, to: &json) { typed.write($0, to: &$1) }
      }
      json.endObject()
    }
    if isDecoded {
      json.key("decoded")
      json.beginObject()
      json.key("key")
      self.key.write(decoded: key, to: &json)
      json.key(shape.valueName)
      shape.write(value: value, to: &json) { self.value.write(decoded: $0, to: &$1) }
      json.endObject()
    }
    json.endObject()
    output = json.bytes
  }
}
