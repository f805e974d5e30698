//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// The display format of a map's keys or values.
struct FieldFormat {
  /// The types that the caller specifies, if any.
  var layout: FieldLayout?
  /// The type in the map's BTF, if any.
  var typed: TypedField?

  init(layout: FieldLayout? = nil, type: BTFType? = nil) {
    self.layout = layout
    typed = type.map(TypedField.init)
  }

  /// Creates the text format of a map's keys. The keys of an LPM trie are shown as prefixes, unless their type has more
  /// members.
  init(keysOf map: MapHandle, layout: FieldLayout?, type: BTFType?, isRaw: Bool) {
    self.init(layout: layout, type: type)
    guard layout == nil, !isRaw, map.type.facts.keys == .prefix, type?.isMoreThanPrefix != true else {
      return
    }
    self.layout = FieldLayout(prefixOfSize: map.keySize)
  }

  /// Returns the text of a key or value.
  func text(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    append(textOf: bytes.span, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// Appends the text of a key or value. The caller's types take precedence over BTF.
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

// MARK: - JSON

extension FieldFormat {
  /// Writes a key or value by its BTF type, or as bytes.
  func write(formatted bytes: Span<UInt8>, to json: inout JSONWriter) {
    guard let typed else { return json.byteArray(bytes) }
    typed.write(bytes, to: &json)
  }

  /// Writes a key or value by the types that the caller specifies, or as bytes.
  func write(decoded bytes: Span<UInt8>, to json: inout JSONWriter) {
    guard let layout else { return json.byteArray(bytes) }
    layout.write(Array(copying: bytes)[...], to: &json)
  }
}

extension BTFType {
  /// Whether the key of an LPM trie contains more than a prefix length and an address, such as an interface index.
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
