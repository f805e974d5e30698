//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// The types of the fields of a key or value, as in `--key-as u32` or `--value-as be16,pad,ipv4`.
struct FieldLayout: Equatable {
  let fields: [(type: FieldType, size: Int)]

  /// Parses a layout.
  ///
  /// - Parameters:
  ///   - text: Types separated by commas. One of them can be `str`, `prefix` or `pad`, which fills the rest.
  ///   - size: The size of the key or value, in bytes.
  ///   - field: A description for error messages, such as `the key`.
  init(_ text: String, filling size: Int, of field: String) throws(Failure) {
    var types: [FieldType] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let type = FieldType(name: name) else {
        let question = NameSuggestion.hint(for: String(name), among: FieldType.named.map(\.name))
        throw .usage("no type '\(name)'; the types are \(FieldType.allNames)\(question)")
      }
      types.append(type)
    }
    let fixed = types.compactMap(\.fixedSize).reduce(0, +)
    let flexible = types.count { $0.fixedSize == nil }
    let rest = size - fixed
    guard flexible == 1 ? rest > 0 : flexible == 0 && rest == 0 else {
      throw .usage(
        flexible > 1
          ? "'\(text)': only one of str, prefix and pad can fill the rest"
          : "'\(text)' is \(fixed) bytes\(flexible == 1 ? " and more" : ""), but \(field) is \(size)")
    }
    if types.contains(.prefix), rest != 8, rest != 20 {
      throw .usage("a prefix is 8 bytes (IPv4) or 20 (IPv6), but \(field) has \(rest) left")
    }
    fields = types.map { ($0, $0.fixedSize ?? rest) }
  }

  /// Creates the layout of an LPM trie's key with an IPv4 or IPv6 address; nil for other sizes.
  init?(prefixOfSize size: Int) {
    guard size == 8 || size == 20 else { return nil }
    fields = [(.prefix, size)]
  }

  static func == (a: FieldLayout, b: FieldLayout) -> Bool {
    a.fields.elementsEqual(b.fields) { $0 == $1 }
  }

  /// Returns the fields as text, separated by spaces.
  func text(_ bytes: ArraySlice<UInt8>) -> String {
    decoded(bytes).map(\.text).joined(separator: " ")
  }

  /// Writes one field as a JSON value, multiple fields as an array.
  func write(_ bytes: ArraySlice<UInt8>, to json: inout JSONWriter) {
    let values = decoded(bytes)
    if values.count == 1, let value = values.first {
      value.write(to: &json)
    } else {
      json.array { json in
        for value in values { value.write(to: &json) }
      }
    }
  }

  private func decoded(_ bytes: ArraySlice<UInt8>) -> [FieldValue] {
    var rest = bytes
    var values: [FieldValue] = []
    for (type, size) in fields {
      if type != .padding { values.append(type.decode(rest.prefix(size))) }
      rest = rest.dropFirst(size)
    }
    return values
  }
}

/// The decoded value of a field.
enum FieldValue: Equatable {
  case unsigned(UInt64)
  case signed(Int64)
  /// A number, and a text that parses as exactly this number.
  case floating(Double, text: String)
  case text(String)

  var text: String {
    switch self {
    case .unsigned(let number): String(number)
    case .signed(let number): String(number)
    case .floating(_, let text): text
    case .text(let text): text.printable
    }
  }

  func write(to json: inout JSONWriter) {
    switch self {
    case .unsigned(let number): json.number(number)
    case .signed(let number): json.number(number)
    case .floating(let number, let text): json.number(number, text: text)
    case .text(let text): json.string(text)
    }
  }
}

extension FieldType {
  /// The size of the type, in bytes; nil if it depends on the field.
  var fixedSize: Int? {
    switch self {
    case .unsigned(let bytes, _), .signed(let bytes, _): bytes
    case .float, .ipv4: 4
    case .double: 8
    case .mac: 6
    case .ipv6: 16
    case .text(let bytes): bytes
    case .prefix, .padding: nil
    }
  }

  /// Returns the value of bytes as this type.
  func decode(_ bytes: ArraySlice<UInt8>) -> FieldValue {
    switch self {
    case .unsigned(_, let order): return .unsigned(Self.bits(bytes, order))
    case .signed(let size, let order):
      let unused = UInt64.bitWidth - size * 8
      return .signed(Int64(bitPattern: Self.bits(bytes, order) << unused) >> unused)
    case .float:
      let number = Float(bitPattern: UInt32(truncatingIfNeeded: Self.bits(bytes, .host)))
      return .floating(Double(number), text: "\(number)")
    case .double:
      let number = Double(bitPattern: Self.bits(bytes, .host))
      return .floating(number, text: "\(number)")
    case .ipv4, .ipv6: return .text(NetworkAddress.text(ip: bytes) ?? HexDigits.text(bytes))
    case .mac: return .text(bytes.map(HexDigits.text).joined(separator: ":"))
    case .prefix:
      let address = NetworkAddress.text(ip: bytes.dropFirst(4)) ?? HexDigits.text(bytes.dropFirst(4))
      return .text("\(address)/\(Self.bits(bytes.prefix(4), .host))")
    case .text: return .text(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
    case .padding: return .text("")
    }
  }

  private static func bits(_ bytes: ArraySlice<UInt8>, _ order: ByteOrder) -> UInt64 {
    let big = order.isBig ? Array(bytes) : bytes.reversed()
    return big.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
