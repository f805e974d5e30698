//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The text of one element of a map, of which only the hex digits differ from element to element.
///
/// Every element of a map has keys and values of the same sizes, so its line, or its JSON object, always has the
/// same length and its digits stand at the same places. `dump` lays the line out once and then only puts digits in.
struct ElementTemplate {
  /// A run of bytes, and where their digits go.
  struct Field {
    enum Source { case key, value }
    let source: Source
    /// Where the bytes begin in the key, or in the value as the kernel moves it.
    let offset: Int
    let count: Int
    /// Where the first byte's digits stand in the text.
    let position: Int
    /// How far it is from one byte's digits to the next's.
    let pitch: Int
  }

  private(set) var text: [UInt8] = []
  private(set) var fields: [Field] = []

  /// What a map's elements look like to the kernel.
  struct Shape: Equatable {
    let keySize: Int
    let valueSize: Int
    /// The CPUs that have a value each; nil for maps that are not per-CPU.
    let cpus: [Int]?

    /// Bytes from one CPU's value to the next.
    var slot: Int { cpus == nil ? valueSize : (valueSize + 7) & ~7 }
  }

  /// `key: 0a 0b  value: 01 02`, or for a per-CPU map a line for each CPU, as bpftool prints them.
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

  /// `{"key":["0x0a"],"value":["0x01"]}`, as `bpftool -j map` prints it.
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

  /// The template with a text before it.
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
  /// Puts the digits of one element into a copy of `text` that begins at `start`.
  ///
  /// - Parameters:
  ///   - keyStart: Where the element's key begins among the keys.
  ///   - valueStart: Where its value begins among the values.
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

  /// The text of one element.
  func text(key: [UInt8], value: [UInt8]) -> [UInt8] {
    var result = text
    var page = result.mutableSpan
    fill(&page, at: 0, keys: key.span, 0, values: value.span, 0)
    return result
  }
}
