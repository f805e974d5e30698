//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Testing

@testable import bpfmap

@Suite("Text and JSON output")
struct TextOutputTests {
  @Test(
    "Formats sizes with a unit and one decimal",
    arguments: [
      (0, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1075, "1.0 KiB"), (1076, "1.1 KiB"),
      (4096, "4.0 KiB"), (1_048_524, "1023.9 KiB"), (1_048_525, "1.0 MiB"), (1 << 30, "1.0 GiB"),
      (5_368_709_120, "5.0 GiB"), (1 << 60, "1.0 EiB"), (UInt64.max, "16.0 EiB"),
    ] as [(UInt64, String)])
  func sizes(bytes: UInt64, text: String) {
    #expect(ByteSize.text(bytes) == text)
  }

  @Test("Aligns columns, without trailing spaces")
  func table() {
    var table = TextTable(columns: [("ID", .right), ("NAME", .left), ("X", .left)])
    table.add("1", "a", "")
    table.add("100", "long", "y")
    #expect(table.text == " ID  NAME  X\n  1  a\n100  long  y\n")
  }

  @Test("Writes all kinds of JSON values")
  func json() {
    var json = JSONWriter()
    json.object { json in
      json.member("a", 1)
      json.member("b", "x")
      json.member("c", nil as String?)
      json.member("d", nil as Int?)
      json.key("e")
      json.array { json in
        json.bool(true)
        json.bool(nil)
        json.object { _ in }
        json.array { _ in }
        json.number(UInt64.max)
      }
      json.key("f")
      json.byteArray(([0, 10, 255] as [UInt8]).span)
      json.key("g")
      json.number(.infinity, text: "inf")
    }
    #expect(
      json.text
        == #"{"a":1,"b":"x","c":null,"d":null,"e":[true,null,{},[],18446744073709551615],"#
        + #""f":["0x00","0x0a","0xff"],"g":null}"#)
  }

  @Test("Escapes JSON strings")
  func escapes() {
    var json = JSONWriter()
    json.string("a\"b\\c\n\t\r\u{1}\u{1f}é😀/")
    #expect(json.text == #""a\"b\\c\n\t\r\u0001\u001fé😀/""#)
  }

  // MARK: - Elements

  @Test("Formats an element")
  func plainElement() {
    let shape = ElementTemplate.Shape(keySize: 2, valueSize: 1, cpus: nil)
    let line = ElementTemplate.lines(shape).text(key: [0x0a, 0xff], value: [0])
    #expect(String(decoding: line, as: UTF8.self) == "key: 0a ff  value: 00\n")
    let json = ElementTemplate.json(shape).text(key: [0x0a, 0xff], value: [0])
    #expect(String(decoding: json, as: UTF8.self) == #"{"key":["0x0a","0xff"],"value":["0x00"]}"#)
  }

  @Test("Formats an element of a per-CPU map, without the padding of values to 8 bytes")
  func perCPUElement() {
    let shape = ElementTemplate.Shape(keySize: 1, valueSize: 2, cpus: [0, 10])
    let value: [UInt8] = [1, 2, 9, 9, 9, 9, 9, 9, 3, 4, 9, 9, 9, 9, 9, 9]
    let line = ElementTemplate.lines(shape).text(key: [5], value: value)
    #expect(String(decoding: line, as: UTF8.self) == "key: 05\n  cpu  0: 01 02\n  cpu 10: 03 04\n")
    let json = ElementTemplate.json(shape).text(key: [5], value: value)
    #expect(
      String(decoding: json, as: UTF8.self)
        == #"{"key":["0x05"],"values":[{"cpu":0,"value":["0x01","0x02"]},{"cpu":10,"value":["0x03","0x04"]}]}"#
    )
  }

  @Test("Formats an element without a key")
  func keylessElement() {
    let shape = ElementTemplate.Shape(keySize: 0, valueSize: 2, cpus: nil)
    #expect(
      String(decoding: ElementTemplate.lines(shape).text(key: [], value: [1, 2]), as: UTF8.self)
        == "value: 01 02\n")
    #expect(
      String(decoding: ElementTemplate.json(shape).text(key: [], value: [1, 2]), as: UTF8.self)
        == #"{"key":[],"value":["0x01","0x02"]}"#)
  }

  @Test("Formats decoded elements as text and as JSON")
  func decoded() throws {
    let shape = ElementTemplate.Shape(keySize: 1, valueSize: 1, cpus: [0, 1])
    let value: [UInt8] = [7, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]
    let layout = try FieldLayout("u8", filling: 1, of: "the value")
    let line = ElementText(shape, value: FieldFormat(layout: layout), isJSON: false).text(
      key: [10], value: value)
    #expect(String(decoding: line, as: UTF8.self) == "key: 0a\n  cpu 0: 7\n  cpu 1: 8\n")
    let json = ElementText(shape, key: FieldFormat(layout: layout), isJSON: true).text(
      key: [10], value: value)
    #expect(
      String(decoding: json, as: UTF8.self)
        == #"{"key":["0x0a"],"values":[{"cpu":0,"value":["0x07"]},{"cpu":1,"value":["0x08"]}],"#
        + #""decoded":{"key":10,"values":[{"cpu":0,"value":["0x07"]},{"cpu":1,"value":["0x08"]}]}}"#)
  }

  @Test("Formats all bytes as hex digits")
  func digits() {
    for byte in UInt8.min...UInt8.max {
      let expected = (byte < 16 ? "0" : "") + String(byte, radix: 16)
      #expect(HexDigits.text(byte) == expected)
    }
  }
}
