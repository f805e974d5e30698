//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import BTF
import Testing

@testable import BPFObjects

/// Conversions of options to the bytes of variables.
@Suite("Option types")
struct OptionTypeTests {
  static let char = OptionType.character(isSigned: true)
  static let byte = OptionType.character(isSigned: false)
  static func int(_ byteCount: Int) -> OptionType { .integer(byteCount: byteCount, isSigned: true) }
  static func unsigned(_ byteCount: Int) -> OptionType { .integer(byteCount: byteCount, isSigned: false) }

  /// Values that fit, with their bytes as for little-endian machines.
  static let good: [(String, OptionType, [UInt8])] = [
    ("y", .boolean, [1]), ("n", .boolean, [0]),
    ("n", .tristate, [0, 0, 0, 0]), ("y", .tristate, [1, 0, 0, 0]), ("m", .tristate, [2, 0, 0, 0]),
    ("y", char, [0x79]), ("n", byte, [0x6e]), ("m", char, [0x6d]),
    ("-128", char, [0x80]), ("127", char, [0x7f]), ("255", byte, [0xff]), ("0", byte, [0]),
    ("-32768", int(2), [0, 0x80]), ("32767", int(2), [0xff, 0x7f]), ("65535", unsigned(2), [0xff, 0xff]),
    ("250", int(4), [250, 0, 0, 0]), ("+250", int(4), [250, 0, 0, 0]), ("0xfA", int(4), [250, 0, 0, 0]),
    ("0XFA", int(4), [250, 0, 0, 0]), ("0372", int(4), [250, 0, 0, 0]),
    ("-2147483648", int(4), [0, 0, 0, 0x80]), ("-0x1", int(4), [255, 255, 255, 255]),
    ("4294967295", unsigned(4), [255, 255, 255, 255]),
    ("0xffff800000000000", unsigned(8), [0, 0, 0, 0, 0, 0x80, 0xff, 0xff]),
    ("0xffff800000000000", int(8), [0, 0, 0, 0, 0, 0x80, 0xff, 0xff]),
    ("18446744073709551615", unsigned(8), [UInt8](repeating: 255, count: 8)),
    ("-9223372036854775808", int(8), [0, 0, 0, 0, 0, 0, 0, 0x80]),
    ("\"abc\"", .text(count: 6), [0x61, 0x62, 0x63, 0, 0, 0]),
    ("\"abc\"", .text(count: 4), [0x61, 0x62, 0x63, 0]),
    ("\"abc\"", .text(count: 3), [0x61, 0x62, 0]), ("\"abc\"", .text(count: 1), [0]),
    ("\"\"", .text(count: 2), [0, 0]),
    ("\"a\\\"b\"", .text(count: 5), [0x61, 0x5c, 0x22, 0x62, 0]),
  ]

  @Test("Converts values that fit", arguments: good)
  func fitting(text: String, type: OptionType, expected: [UInt8]) throws {
    let bytes = try type.bytes(of: text, option: "CONFIG_X")
    if case .text = type { #expect(bytes == expected) } else { #expect(bytes == expected.inMachineOrder) }
    #expect(bytes.count == type.byteCount)
  }

  /// Values that do not fit.
  static let bad: [(String, OptionType, BPFError.Code)] = [
    ("m", .boolean, .typeMismatch), ("1", .boolean, .typeMismatch), ("\"y\"", .boolean, .typeMismatch),
    ("1", .tristate, .typeMismatch), ("\"y\"", .tristate, .typeMismatch), ("\"y\"", char, .typeMismatch),
    ("y", int(4), .typeMismatch), ("\"1\"", int(4), .typeMismatch), ("y", .text(count: 4), .typeMismatch),
    ("1", .text(count: 4), .typeMismatch),
    ("128", char, .outOfBounds), ("-129", char, .outOfBounds), ("256", byte, .outOfBounds),
    ("-1", byte, .outOfBounds),
    ("32768", int(2), .outOfBounds), ("-1", unsigned(2), .outOfBounds), ("2147483648", int(4), .outOfBounds),
    ("4294967296", unsigned(4), .outOfBounds), ("-1", unsigned(4), .outOfBounds),
    ("18446744073709551616", unsigned(8), .outOfBounds), ("-9223372036854775809", int(8), .outOfBounds),
    ("", int(4), .malformed), ("yes", .boolean, .malformed), ("Y", .tristate, .malformed),
    ("-", int(4), .malformed),
    ("--1", int(4), .malformed), ("+-1", int(4), .malformed), ("0x", int(4), .malformed),
    ("0x-1", int(4), .malformed),
    ("08", int(4), .malformed), ("1 ", int(4), .malformed), ("1k", int(4), .malformed),
    (String(repeating: "9", count: 60), int(8), .malformed), ("\"", .text(count: 4), .malformed),
    ("\"abc", .text(count: 4), .malformed),
  ]

  @Test("Rejects others with option, value and type", arguments: bad)
  func unfitting(text: String, type: OptionType, code: BPFError.Code) {
    let error = #expect(throws: BPFError.self) { () throws in try type.bytes(of: text, option: "CONFIG_X") }
    #expect(error?.code == code)
    #expect(error?.description.contains("CONFIG_X is '\(text)'") == true)
    if code != .malformed { #expect(error?.description.contains(type.description) == true) }
  }

  @Test("Converts kernel facts to numbers, and to Booleans if 0 or 1")
  func facts() throws {
    #expect(try OptionType.boolean.bytes(of: 1, option: "LINUX_X") == [1])
    #expect(try Self.int(2).bytes(of: 258, option: "LINUX_X") == [2, 1].inMachineOrder)
    for type in [OptionType.boolean, .tristate, .text(count: 4), Self.char] {
      let error = #expect(throws: BPFError.self) { () throws in try type.bytes(of: 200, option: "LINUX_X") }
      #expect(error?.description.contains("LINUX_X is 200") == true)
    }
  }

  @Test("Maps variable types to option types")
  func types() throws {
    var builder = BTFBuilder()
    func int(_ name: String, _ size: Int, _ encoding: BTFType.IntegerEncoding) -> Int {
      builder.add(name, .int(byteCount: size, encoding))
    }
    let bool = int("_Bool", 1, .init(isBoolean: true, bitCount: 8))
    let char = int("char", 1, .init(isSigned: true, bitCount: 8))
    let u64 = int("unsigned long", 8, .init(bitCount: 64))
    let int128 = int("__int128", 16, .init(isSigned: true, bitCount: 128))
    let typedef = builder.add("u64", .typedef(u64))
    let names = [BTFType.Enumerator(name: "TRI_NO", value: 0)]
    let tristate = builder.add("libbpf_tristate", .enumeration(names))
    let other = builder.add("other", .enumeration(names))
    let text = builder.add(.array(of: char, index: u64, count: 8))
    let empty = builder.add(.array(of: char, index: u64, count: 0))
    let numbers = builder.add(.array(of: u64, index: u64, count: 8))
    let booleans = builder.add(.array(of: bool, index: u64, count: 8))
    let texts = builder.add(.array(of: text, index: u64, count: 8))
    let constant = builder.add(.const(builder.add(.volatile(typedef))))
    let circle = builder.add(.typedef(builder.endID))
    let types = try builder.types()
    func type(_ id: Int) throws -> OptionType? { OptionType(try #require(types[id])) }
    #expect(try type(bool) == .boolean)
    #expect(try type(char) == Self.char)
    #expect(try type(constant) == Self.unsigned(8))
    #expect(try type(tristate) == .tristate)
    #expect(try type(text) == .text(count: 8))
    for id in [0, int128, other, empty, numbers, booleans, texts, circle] {
      #expect(try type(id) == nil, "\(id)")
    }

    let configuration = try KernelConfiguration(text: "CONFIG_X=7\n")
    let variable = try #require(types[constant])
    #expect(try configuration.value(of: "CONFIG_X", as: variable)?.count == 8)
    let pointerless = try #require(types[0])
    let error = #expect(throws: BPFError.self) { () throws in
      try configuration.value(of: "CONFIG_X", as: pointerless)
    }
    #expect(error?.code == .unsupported)
  }
}
