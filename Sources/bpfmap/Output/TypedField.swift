//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Writes the keys or the values of a map by their type.
struct TypedField {
  private let writer: BTFValueWriter
  private let section: Section?

  /// The variables of a program, which are one value together.
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

  /// Appends what bpftool writes in its `formatted`.
  func append(jsonOf bytes: Span<UInt8>, to output: inout [UInt8]) {
    guard let section else { return writer.append(jsonOf: bytes, to: &output) }
    output += #"{"\#(section.name)":["#.utf8
    for (index, variable) in section.variables.enumerated() {
      output += #"\#(index == 0 ? "" : ","){"\#(variable.name)":"#.utf8
      // The kernel holds the places against the section's size; none is believed to lie in it all the same.
      let place = variable.bytes.clamped(to: bytes.indices)
      variable.writer.append(jsonOf: bytes.extracting(place), to: &output)
      output += "}".utf8
    }
    output += "]}".utf8
  }

  /// Appends the value as C writes it.
  func append(textOf bytes: Span<UInt8>, to output: inout [UInt8]) {
    writer.append(textOf: bytes, to: &output)
  }
}

extension TypedField {
  /// One key or value in JSON.
  func json(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    append(jsonOf: bytes.span, to: &output)
    return output
  }

  /// One key or value in C.
  func text(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    append(textOf: bytes.span, to: &output)
    return String(decoding: output, as: UTF8.self)
  }
}
