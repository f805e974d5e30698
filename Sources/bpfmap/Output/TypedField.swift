//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Formats the keys or values of a map by their BTF type.
struct TypedField {
  private let writer: BTFValueWriter
  private let section: Section?

  /// A data section: the variables of a program, which form a single value.
  private struct Section {
    let name: String
    let variables: [(name: String, bytes: Range<Int>, writer: BTFValueWriter)]
  }

  init(_ type: BTFType) {
    writer = BTFValueWriter(type, endingTextAtNUL: true)
    guard type.kind == .dataSection else {
      section = nil
      return
    }
    section = Section(
      name: type.name,
      variables: type.sectionVariables.map {
        (
          $0.variable.name, $0.byteOffset..<$0.byteOffset + $0.byteCount,
          BTFValueWriter($0.variable, endingTextAtNUL: true)
        )
      })
  }

  /// Writes the JSON that bpftool prints as `formatted`.
  func write(_ bytes: Span<UInt8>, to json: inout JSONWriter) {
    guard let section else { return writer.write(bytes, to: &json) }
    json.beginObject()
    json.key(section.name)
    json.beginArray()
    for variable in section.variables {
      json.beginObject()
      json.key(variable.name)
      // The kernel checks that variables lie in the section. Clamping guards against a kernel that does not.
      let range = variable.bytes.clamped(to: bytes.indices)
      variable.writer.write(bytes.extracting(range), to: &json)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  /// Appends the value in C syntax.
  func append(textOf bytes: Span<UInt8>, to output: inout [UInt8]) {
    writer.append(textOf: bytes, to: &output)
  }
}

extension TypedField {
  /// Returns a key or value in JSON.
  func json(_ bytes: [UInt8]) -> [UInt8] {
    var json = JSONWriter()
    write(bytes.span, to: &json)
    return json.bytes
  }

  /// Returns a key or value in C syntax.
  func text(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    append(textOf: bytes.span, to: &output)
    return String(decoding: output, as: UTF8.self)
  }
}
