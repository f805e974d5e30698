//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import BTF

/// Writes many values of one type into one buffer.
@Suite("Value writers")
struct ValueWriterTests {
  @Test("Values are appended to the buffer as written individually")
  func many() throws {
    let type = try ValueReaderTests.type("event")
    let writer = BTFValueWriter(type)
    var random = MalformedBTFTests.SplitMix(state: 3)
    var (json, text) = (Array("[".utf8), Array("{".utf8))
    var (expectedJSON, expectedText) = ("[", "{")
    for _ in 0..<50 {
      let value = (0..<96).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      writer.append(jsonOf: value.span, to: &json)
      writer.append(textOf: value.span, to: &text)
      expectedJSON += type.json(value)
      expectedText += type.text(value)
    }
    #expect(String(decoding: json, as: UTF8.self) == expectedJSON)
    #expect(String(decoding: text, as: UTF8.self) == expectedText)
  }

  @Test("Text may end at its first NUL, whatever follows")
  func text() throws {
    let type = try #require(try ValueReaderTests.type("event").members.first { $0.name == "comm" }?.type)
    let (whole, cut) = (BTFValueWriter(type), BTFValueWriter(type, endingTextAtNUL: true))
    func json(_ writer: BTFValueWriter, _ bytes: [UInt8]) -> String {
      var output: [UInt8] = []
      writer.append(jsonOf: bytes.span, to: &output)
      return String(decoding: output, as: UTF8.self)
    }
    for (bytes, wholeJSON, cutJSON) in [
      ([97, 0, 0, 0], #""a""#, #""a""#), ([97, 0, 98, 200], "[97,0,98,-56]", #""a""#),
      ([0, 0, 0, 1], "[0,0,0,1]", #""""#), ([97, 98, 99, 100], #""abcd""#, #""abcd""#),
      ([97, 200, 0, 0], "[97,-56,0,0]", "[97,-56,0,0]"),
    ] as [([UInt8], String, String)] {
      #expect(json(whole, bytes) == wholeJSON)
      #expect(json(cut, bytes) == cutJSON)
    }
  }

  @Test("Numbers at the limits of their ranges")
  func numbers() throws {
    var output: [UInt8] = []
    for number in [0, 9, 10, 99, 100, UInt64.max] {
      output.append(decimal: number)
      output.append(UInt8(ascii: " "))
    }
    for number in [0, -1, -10, Int64.min, Int64.max] {
      output.append(decimal: number)
      output.append(UInt8(ascii: " "))
    }
    #expect(
      String(decoding: output, as: UTF8.self)
        == "0 9 10 99 100 18446744073709551615 0 -1 -10 -9223372036854775808 9223372036854775807 ")
  }

  @Test("Reads an array of values, and returns nil for other JSON")
  func values() throws {
    let type = try ValueReaderTests.type("u16")
    #expect(try type.values(json: "[1, 258]") == [UInt16(1).bytes, UInt16(258).bytes])
    #expect(try type.values(json: "[]") == [])
    #expect(try type.values(json: "1") == nil)
    let error = #expect(throws: BPFError.self) { () throws in _ = try type.values(json: "[1, 65536]") }
    #expect(error?.explanation.hasPrefix("element [1] of u16: 65536 does not fit") == true)
    let malformed = #expect(throws: BPFError.self) { () throws in _ = try type.values(json: "[1") }
    #expect(malformed?.code == .malformed)
  }

  @Test("Section variables are read from an object, and from bpftool's format")
  func section() throws {
    var builder = BTFBuilder()
    let int = builder.add("int", .int(byteCount: 4, .init(isSigned: true, bitCount: 32)))
    let first = builder.add("first", .variable(int, .global))
    let second = builder.add("second", .variable(int, .global))
    builder.add(
      ".data",
      .dataSection(
        byteCount: 8,
        variables: [
          .init(first, byteOffset: 0, byteCount: 4), .init(second, byteOffset: 4, byteCount: 4),
        ]))
    let types = try builder.types()
    let type = try #require(types.find(.dataSection, named: ".data"))
    let expected = Int32(1).bytes + Int32(-2).bytes
    #expect(try type.bytes(json: #"{"first":1,"second":-2}"#) == expected)
    #expect(try type.bytes(json: #"{".data":[{"second":-2},{"first":1}]}"#) == expected)
    for wrong in [#"{".data":[1]}"#, #"{".bss":[]}"#, #"{".data":[{"third":1}]}"#] {
      #expect(throws: BPFError.self, "\(wrong)") { () throws in _ = try type.bytes(json: wrong) }
    }
  }
}
