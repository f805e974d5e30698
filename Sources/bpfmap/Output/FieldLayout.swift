//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What the bytes of a key or value stand for, as `--key-as` and `--value-as` say: `u32`, `be16,pad,ipv4`.
struct FieldLayout: Equatable {
  let fields: [(type: FieldType, size: Int)]

  /// - Parameters:
  ///   - text: Types joined by commas. `str`, `prefix` and `pad` without a size take what the others leave;
  ///     there can be one of them.
  ///   - size: How many bytes there are.
  ///   - field: What they are, such as `the key`.
  init(_ text: String, filling size: Int, of field: String) throws(Failure) {
    var types: [FieldType] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let type = FieldType(name: name) else {
        let question = NearName.question(String(name), among: FieldType.named.map(\.name))
        throw .usage("there is no type '\(name)'; the types are \(FieldType.allNames)\(question)")
      }
      types.append(type)
    }
    let fixed = types.compactMap(\.fixedSize).reduce(0, +)
    let flexible = types.count { $0.fixedSize == nil }
    let rest = size - fixed
    guard flexible == 1 ? rest > 0 : flexible == 0 && rest == 0 else {
      throw .usage(
        flexible > 1
          ? "'\(text)': only one of its fields can take what the others leave"
          : "'\(text)' is \(fixed) bytes\(flexible == 1 ? " and more" : ""), but \(field) is \(size)")
    }
    if types.contains(.prefix), rest != 8, rest != 20 {
      throw .usage("a prefix is 8 bytes (IPv4) or 20 (IPv6), but \(field) leaves \(rest) for it")
    }
    fields = types.map { ($0, $0.fixedSize ?? rest) }
  }

  /// The key of an LPM trie of IPv4 or IPv6 addresses; nil for another size.
  init?(prefixOfSize size: Int) {
    guard size == 8 || size == 20 else { return nil }
    fields = [(.prefix, size)]
  }

  static func == (a: FieldLayout, b: FieldLayout) -> Bool {
    a.fields.elementsEqual(b.fields) { $0 == $1 }
  }

  /// The fields as a person reads them, with blanks between.
  func text(_ bytes: ArraySlice<UInt8>) -> String {
    decoded(bytes).map(\.text).joined(separator: " ")
  }

  /// One field as a JSON value, several as an array of them.
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

/// A field's bytes, understood.
enum FieldValue: Equatable {
  case unsigned(UInt64)
  case signed(Int64)
  /// A number and the text that reads back as just that number.
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
  /// How many bytes the type has; nil if that depends.
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

  /// What bytes of the type's size stand for.
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
