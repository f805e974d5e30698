//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Turns elements of one map into text, one at a time: hex digits, or fields as a person asked for them.
struct ElementText {
  private let template: ElementTemplate
  private let shape: ElementTemplate.Shape
  private let keyLayout: FieldLayout?
  private let valueLayout: FieldLayout?
  private let isJSON: Bool

  init(
    _ shape: ElementTemplate.Shape, keyLayout: FieldLayout? = nil, valueLayout: FieldLayout? = nil,
    isJSON: Bool
  ) {
    self.shape = shape
    self.keyLayout = keyLayout
    self.valueLayout = valueLayout
    self.isJSON = isJSON
    template = isJSON ? .json(shape) : .lines(shape)
  }

  /// Whether the text is always the same but for hex digits, so that a page can be laid out in advance.
  var isFixed: Bool { keyLayout == nil && valueLayout == nil }

  /// The layout of every element; of use if `isFixed`.
  var fixedTemplate: ElementTemplate { template }

  /// A line, or a JSON object without a newline.
  ///
  /// - Parameter value: The value as the kernel moves it, that is of all CPUs.
  func text(key: [UInt8], value: [UInt8]) -> [UInt8] {
    if isFixed { return template.text(key: key, value: value) }
    return isJSON ? json(key, value) : Array(line(key, value).utf8)
  }

  private func line(_ key: [UInt8], _ value: [UInt8]) -> String {
    let keyText = shape.keySize > 0 ? "key: \(keyLayout?.text(key[...]) ?? HexDigits.text(key))" : ""
    let values = values(value).map { valueLayout?.text($0) ?? HexDigits.text($0) }
    guard let cpus = shape.cpus else {
      return keyText + (keyText.isEmpty ? "" : "  ") + "value: \(values.joined())\n"
    }
    return keyText + "\n" + zip(cpus, values).map { "  cpu \($0): \($1)\n" }.joined()
  }

  /// As without layouts, and one more member, `decoded`: what the caller says that the bytes are.
  private func json(_ key: [UInt8], _ value: [UInt8]) -> [UInt8] {
    var fields = JSONWriter()
    fields.object { json in
      json.key("key")
      write(key[...], keyLayout, to: &json)
      if let cpus = shape.cpus {
        json.key("values")
        json.array { json in
          for (cpu, value) in zip(cpus, values(value)) {
            json.object { json in
              json.member("cpu", cpu)
              json.key("value")
              write(value, valueLayout, to: &json)
            }
          }
        }
      } else {
        json.key("value")
        write(value[...], valueLayout, to: &json)
      }
    }
    return template.text(key: key, value: value).dropLast() + Array(#","decoded":"#.utf8) + fields.bytes
      + [UInt8(ascii: "}")]
  }

  private func write(_ bytes: ArraySlice<UInt8>, _ layout: FieldLayout?, to json: inout JSONWriter) {
    if let layout {
      layout.write(bytes, to: &json)
    } else {
      json.byteArray(bytes)
    }
  }

  /// One value, or one for each CPU, without what the kernel puts between them.
  private func values(_ value: [UInt8]) -> [ArraySlice<UInt8>] {
    guard let cpus = shape.cpus else { return [value[...]] }
    return cpus.indices.map { value.dropFirst($0 * shape.slot).prefix(shape.valueSize) }
  }
}
