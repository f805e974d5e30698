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

  /// How the keys of a map are to be shown as text: those of an LPM trie as prefixes, unless the types tell more.
  init(keysOf map: MapHandle, layout: FieldLayout?, type: BTFType?, isRaw: Bool) {
    self.init(layout: layout, type: type)
    guard layout == nil, !isRaw, map.type == .lpmTrie, type?.isMoreThanPrefix != true else { return }
    self.layout = FieldLayout(prefixOfSize: map.keySize)
  }

  /// One key or value as text.
  func text(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    append(textOf: bytes.span, to: &output)
    return String(decoding: output, as: UTF8.self)
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

extension BTFType {
  /// Whether the key of an LPM trie has something else than a length and one address behind it, such as an
  /// interface's number.
  fileprivate var isMoreThanPrefix: Bool {
    guard let members = unmodified?.members, members.count == 2 else { return true }
    return members.contains { $0.bitCount != nil || ![4, 16].contains($0.type.byteCount) }
  }
}

extension [UInt8] {
  init(copying bytes: Span<UInt8>) {
    self = []
    reserveCapacity(bytes.count)
    for index in bytes.indices { append(bytes[index]) }
  }
}
