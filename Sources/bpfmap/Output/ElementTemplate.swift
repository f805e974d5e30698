//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The text of a map's element, in which only the hex digits differ between elements.
///
/// All keys and values of a map have the same sizes. Therefore, the line or JSON object of each element has the same
/// length, with the digits at the same offsets. `dump` lays out the text once, and then fills in digits.
struct ElementTemplate {
  /// A range of bytes and the position of their digits.
  struct Field {
    enum Source { case key, value }
    let source: Source
    /// The offset of the bytes in the key, or in the value in the kernel's layout.
    let offset: Int
    let count: Int
    /// The position of the first byte's digits in the text.
    let position: Int
    /// The distance from one byte's digits to the next byte's.
    let pitch: Int
  }

  private(set) var text: [UInt8] = []
  private(set) var fields: [Field] = []

  /// Returns the template `key: 0a 0b  value: 01 02`; for a per-CPU map, with a line for each CPU, as in bpftool.
  static func lines(_ shape: Shape) -> ElementTemplate {
    var template = ElementTemplate()
    if shape.keySize > 0 {
      template.append("key: ")
      template.appendDigits(.key, 0, shape.keySize)
    }
    if let cpus = shape.cpus {
      let width = cpus.map { String($0).utf8.count }.max() ?? 0
      for (slot, cpu) in cpus.enumerated() {
        let padding = String(repeating: " ", count: width - String(cpu).utf8.count)
        template.append("\n  cpu \(padding)\(cpu): ")
        template.appendDigits(.value, slot * shape.slot, shape.valueSize)
      }
    } else {
      template.append(shape.keySize > 0 ? "  value: " : "value: ")
      template.appendDigits(.value, 0, shape.valueSize)
    }
    template.append("\n")
    return template
  }

  /// Returns the template `{"key":["0x0a"],"value":["0x01"]}`, as in `bpftool -j map`.
  static func json(_ shape: Shape) -> ElementTemplate {
    var template = ElementTemplate()
    template.append(#"{"key":"#)
    template.appendArray(.key, 0, shape.keySize)
    if let cpus = shape.cpus {
      template.append(#","values":["#)
      for (slot, cpu) in cpus.enumerated() {
        template.append(#"\#(slot == 0 ? "" : ","){"cpu":\#(cpu),"value":"#)
        template.appendArray(.value, slot * shape.slot, shape.valueSize)
        template.append("}")
      }
      template.append("]")
    } else {
      template.append(#","value":"#)
      template.appendArray(.value, 0, shape.valueSize)
    }
    template.append("}")
    return template
  }

  /// Returns the template with a prefix.
  func preceded(by prefix: String) -> ElementTemplate {
    var template = ElementTemplate()
    template.append(prefix)
    template.text += text
    template.fields = fields.map {
      Field(
        source: $0.source, offset: $0.offset, count: $0.count, position: $0.position + prefix.utf8.count,
        pitch: $0.pitch)
    }
    return template
  }

  private mutating func append(_ literal: String) {
    text += literal.utf8
  }

  private mutating func appendDigits(_ source: Field.Source, _ offset: Int, _ count: Int) {
    fields.append(Field(source: source, offset: offset, count: count, position: text.count, pitch: 3))
    append(Array(repeating: "--", count: count).joined(separator: " "))
  }

  private mutating func appendArray(_ source: Field.Source, _ offset: Int, _ count: Int) {
    let position = text.count + #"["0x"#.utf8.count
    fields.append(Field(source: source, offset: offset, count: count, position: position, pitch: 7))
    append("[" + Array(repeating: "\"0x--\"", count: count).joined(separator: ",") + "]")
  }
}

extension ElementTemplate {
  /// Fills the digits of an element into a copy of `text` that begins at `start`.
  ///
  /// - Parameters:
  ///   - keyStart: The offset of the element's key in `keys`.
  ///   - valueStart: The offset of the element's value in `values`.
  @inline(__always)
  func fill(
    _ page: inout MutableSpan<UInt8>, at start: Int, keys: borrowing Span<UInt8>, _ keyStart: Int,
    values: borrowing Span<UInt8>, _ valueStart: Int
  ) {
    for field in fields {
      let position = start + field.position
      switch field.source {
      case .key: Self.put(keys, keyStart + field.offset, field, &page, position)
      case .value: Self.put(values, valueStart + field.offset, field, &page, position)
      }
    }
  }

  @inline(__always)
  private static func put(
    _ source: borrowing Span<UInt8>, _ start: Int, _ field: Field, _ page: inout MutableSpan<UInt8>,
    _ first: Int
  ) {
    var position = first
    for index in start..<start + field.count {
      let (upper, lower) = HexDigits.characters(source[index])
      page[position] = upper
      page[position + 1] = lower
      position += field.pitch
    }
  }

  /// Returns the text of an element.
  func text(key: [UInt8], value: [UInt8]) -> [UInt8] {
    var result = text
    var page = result.mutableSpan
    fill(&page, at: 0, keys: key.span, 0, values: value.span, 0)
    return result
  }
}
