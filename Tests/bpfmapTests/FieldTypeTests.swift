//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

@testable import bpfmap

@Suite("Field types")
struct FieldTypeTests {
  static let encodings: [(type: String, text: String, bytes: [UInt8])] = [
    ("u8", "255", [255]), ("u8", "0x0f", [15]), ("i8", "-128", [128]), ("i8", "127", [127]),
    ("u16", "258", FieldType.hostOrder(UInt16(258))), ("i16", "-2", FieldType.hostOrder(Int16(-2))),
    ("u32", "4294967295", [255, 255, 255, 255]), ("i32", "-1", [255, 255, 255, 255]),
    ("u64", "18446744073709551615", Array(repeating: 255, count: 8)),
    ("i64", "-9223372036854775808", FieldType.hostOrder(Int64.min)),
    ("be16", "443", [0x01, 0xbb]), ("be32", "1", [0, 0, 0, 1]), ("be64", "1", [0, 0, 0, 0, 0, 0, 0, 1]),
    ("le16", "443", [0xbb, 0x01]), ("le32", "1", [1, 0, 0, 0]), ("le64", "1", [1, 0, 0, 0, 0, 0, 0, 0]),
    ("f32", "1.5", FieldType.hostOrder(Float(1.5).bitPattern)),
    ("f64", "-2.25", FieldType.hostOrder((-2.25).bitPattern)),
    ("ipv4", "10.0.0.1", [10, 0, 0, 1]),
    ("ipv6", "2001:db8::1", [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    ("mac", "02:00:5e:10:00:ff", [0x02, 0x00, 0x5e, 0x10, 0x00, 0xff]),
    ("prefix", "10.0.0.0/8", FieldType.hostOrder(UInt32(8)) + [10, 0, 0, 0]),
    ("str4", "ab", [97, 98, 0, 0]),
  ]

  @Test("Encodes text, and decodes the bytes to equivalent text", arguments: encodings)
  func roundTrip(name: String, text: String, bytes: [UInt8]) throws {
    let type = try #require(FieldType(name: name))
    #expect(try type.encode(text) == bytes)
    #expect(try type.encode(type.decode(bytes[...]).text) == bytes)
  }

  @Test("Encodes and decodes IPv6 prefixes")
  func prefix6() throws {
    let bytes = try FieldType.prefix.encode("2001:db8::/32")
    #expect(bytes.count == 20)
    #expect(FieldType.prefix.decode(bytes[...]).text == "2001:db8::/32")
  }

  @Test("Finds every listed type by its name")
  func names() {
    for (name, type) in FieldType.named { #expect(FieldType(name: name) == type) }
    #expect(FieldType(name: "str16") == .text(bytes: 16))
    for name in ["", "u33", "str", "strx", "str-1", "U32"] where name != "str" {
      #expect(FieldType(name: name) == nil)
    }
  }

  // MARK: - Layouts

  @Test("Shows the fields of a layout in order, without padding")
  func layout() throws {
    let layout = try FieldLayout("be16,pad,ipv4", filling: 8, of: "the key")
    let bytes: [UInt8] = [1, 187, 0, 0, 10, 0, 0, 1]
    #expect(layout.text(bytes[...]) == "443 10.0.0.1")
    var json = JSONWriter()
    layout.write(bytes[...], to: &json)
    #expect(json.text == #"[443,"10.0.0.1"]"#)
  }

  @Test("Writes a single field as a plain JSON value")
  func oneField() throws {
    let cases: [(String, [UInt8], String)] = [
      ("i8", [255], "-1"), ("u8", [255], "255"),
      ("be64", [255, 0, 0, 0, 0, 0, 0, 1], "18374686479671623681"),
      ("str", [97, 0, 98], #""a""#), ("f64", FieldType.hostOrder((1.5).bitPattern), "1.5"),
      ("f64", FieldType.hostOrder(Double.nan.bitPattern), "null"),
      ("f32", FieldType.hostOrder(Float(0.1).bitPattern), "0.1"),
    ]
    for (types, bytes, expected) in cases {
      var json = JSONWriter()
      try FieldLayout(types, filling: bytes.count, of: "it").write(bytes[...], to: &json)
      #expect(json.text == expected)
    }
  }

  @Test(
    "Rejects layouts that do not fit",
    arguments: [
      ("u32", 8, "'u32' is 4 bytes, but the key is 8"), ("u32,u64", 8, "12 bytes"),
      ("u33", 4, "no type 'u33'"),
      ("", 4, "no type ''"), ("str,str", 4, "only one"), ("u32,str", 4, "4 bytes and more"),
      ("prefix", 9, "8 bytes (IPv4) or 20 (IPv6)"),
    ])
  func invalidLayouts(types: String, size: Int, hint: String) {
    let failure = #expect(throws: Failure.self) { try FieldLayout(types, filling: size, of: "the key") }
    #expect(failure?.message.contains(hint) == true, "\(failure?.message ?? "")")
  }
}

extension JSONWriter {
  var text: String { String(decoding: bytes, as: UTF8.self) }
}
