//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// How the keys, or the values, of a map are to be shown.
struct FieldForm {
  /// As which types a person asked for them.
  var layout: FieldLayout?
  /// What the map's BTF makes of them.
  var typed: TypedField?

  init(layout: FieldLayout? = nil, type: BTFType? = nil) {
    self.layout = layout
    typed = type.map(TypedField.init)
  }

  /// Appends the text for a person, who knows best, and BTF second.
  func append(textOf bytes: Span<UInt8>, to output: inout [UInt8]) {
    if let layout {
      output += layout.text(Array(copying: bytes)[...]).utf8
    } else if let typed {
      typed.append(textOf: bytes, to: &output)
    } else {
      HexDigits.append(textOf: bytes, to: &output)
    }
  }
}

extension [UInt8] {
  init(copying bytes: Span<UInt8>) {
    self = []
    reserveCapacity(bytes.count)
    for index in bytes.indices { append(bytes[index]) }
  }
}
