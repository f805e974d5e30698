//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import BTF

/// Values read from JSON: valid ones come back unchanged, and invalid ones are rejected with their location.
@Suite("Reading values from JSON")
struct ValueReaderTests {
  typealias Member = BTFDefinition.Member

  /// Types for every kind of value.
  static let builder: BTFBuilder = {
    var builder = BTFBuilder()
    let u8 = builder.add("u8", .int(byteCount: 1, .init(bitCount: 8)))
    let u16 = builder.add("u16", .int(byteCount: 2, .init(bitCount: 16)))
    let s32 = builder.add("int", .int(byteCount: 4, .init(isSigned: true, bitCount: 32)))
    let s128 = builder.add("s128", .int(byteCount: 16, .init(isSigned: true, bitCount: 128)))
    let bool = builder.add("_Bool", .int(byteCount: 1, .init(isBoolean: true, bitCount: 8)))
    let char = builder.add("char", .int(byteCount: 1, .init(isSigned: true, bitCount: 8)))
    let float = builder.add("float", .float(byteCount: 4))
    let double = builder.add("double", .float(byteCount: 8))
    let long = builder.add("long double", .float(byteCount: 16))
    let pointer = builder.add(.pointer(to: 0))
    let text = builder.add(.array(of: char, index: s32, count: 4))
    let bytes = builder.add(.array(of: u8, index: s32, count: 4))
    let color = builder.add(
      "color", .enumeration([.init(name: "RED", value: 0), .init(name: "BLUE", value: 7)]))
    let either = builder.add(
      .union(
        byteCount: 4,
        members: [Member("x", type: s32, bitOffset: 0), Member("bytes", type: bytes, bitOffset: 0)])
    )
    builder.add(
      "event",
      .structure(
        byteCount: 96,
        members: [
          Member("pid", type: u16, bitOffset: 0), Member("delta", type: s32, bitOffset: 32),
          Member("flag", type: bool, bitOffset: 64), Member("comm", type: text, bitOffset: 72),
          Member("mac", type: bytes, bitOffset: 104), Member("color", type: color, bitOffset: 160),
          Member("low", type: s32, bitOffset: 192, bitCount: 3),
          Member("high", type: color, bitOffset: 195, bitCount: 5),
          Member(type: either, bitOffset: 224), Member("wide", type: s128, bitOffset: 256),
          Member("f", type: float, bitOffset: 384), Member("d", type: double, bitOffset: 448),
          Member("next", type: pointer, bitOffset: 512), Member("long", type: long, bitOffset: 640),
        ]))
    builder.add(
      "loose",
      .union(
        byteCount: 4,
        members: [
          Member("flag", type: bool, bitOffset: 0), Member("f", type: float, bitOffset: 0),
          Member("x", type: s32, bitOffset: 0),
        ]))
    return builder
  }()

  static let types = Result { try builder.types() }

  static func type(_ name: String) throws -> BTFType { try #require(types.get().all(named: name).first) }

  /// Returns the reason for rejecting JSON, or the bytes if it is accepted.
  static func refusal(_ json: String, of name: String = "event") throws -> String {
    let type = try type(name)
    do throws(BPFError) {
      return "\(try type.bytes(json: json))"
    } catch {
      return error.operation == .readValue ? error.explanation : "\(error)"
    }
  }

  @Test("Every kind of value reads from JSON")
  func everyKind() throws {
    let type = try Self.type("event")
    let json =
      #"{"pid":65535,"delta":-5,"flag":true,"comm":"eth0","mac":[1,2,255,4],"color":"BLUE","low":-4,"high":"BLUE","#
      + #""x":67305985,"bytes":[1,2,3,4],"wide":-170141183460469231731687303715884105728,"f":1.5,"d":-0.1,"#
      + #""next":18446744073709551615,"long":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]}"#
    #expect(type.json(try type.bytes(json: json)) == json)
    #expect(try type.bytes(json: "{}") == [UInt8](repeating: 0, count: 96))
    // One member of a union, shorter arrays and strings, and alternative notations.
    let same =
      ##" { "long" : "0102030405060708090A0b0c0d0e0f10", "next":"0xffffffffffffffff", "f":15E-1,"d":-1e-1,"high":7,"##
      + ##""bytes":"x", "bytes":[1]}"##
    #expect(try Self.refusal(same).contains("'bytes' is given twice") == false)
    let bytes = try type.bytes(
      json: ##"{"comm":"a\u0041\/","mac":[9],"color":"0x7","x":"0x01020304","flag":1,"f":"-inf","d":"nan"}"##)
    #expect(
      type.json(bytes).hasPrefix(
        #"{"pid":0,"delta":0,"flag":true,"comm":"aA/","mac":[9,0,0,0],"color":"BLUE","low":0,"high":"RED","x":16909060,"#
          + #""bytes":[4,3,2,1],"wide":0,"f":"-inf","d":"nan","next":0,"#))
    #expect(try Self.type("u16").bytes(json: "4660") == UInt16(4660).bytes)
  }

  @Test(
    "A value that does not fit is rejected with its location",
    arguments: [
      (#"{"pid":70000}"#, "member 'pid' of struct event: 70000 does not fit in 16 bits"),
      (#"{"pid":-1}"#, "member 'pid' of struct event: -1 does not fit in 16 unsigned bits"),
      (
        #"{"delta":2147483648}"#,
        "member 'delta' of struct event: 2147483648 does not fit in 32 signed bits"
      ),
      (#"{"low":4}"#, "member 'low' of struct event: 4 does not fit in 3 signed bits"),
      (#"{"high":32}"#, "member 'high' of struct event: 32 does not fit in 5 bits"),
      (#"{"pid":1.5}"#, "member 'pid' of struct event: 1.5 is not an integer in digits"),
      (#"{"pid":"1"}"#, "member 'pid' of struct event: expected an integer, found \"1\""),
      (#"{"mac":[1,2,256]}"#, "member 'mac[2]' of struct event: 256 does not fit in 8 bits"),
      (#"{"mac":[1,2,3,4,5]}"#, "member 'mac' of struct event: 5 elements do not fit into 4"),
      (#"{"mac":"abcd"}"#, "member 'mac' of struct event: expected an array, found \"abcd\""),
      (#"{"comm":"hello"}"#, "member 'comm' of struct event: a string of 5 bytes does not fit into 4"),
      (#"{"color":"GREEN"}"#, "member 'color' of struct event: enum color has no 'GREEN'; it has RED, BLUE"),
      (#"{"flag":2}"#, "member 'flag' of struct event: expected true or false, found 2"),
      (#"{"flag":null}"#, "member 'flag' of struct event: expected true or false, found null"),
      (#"{"f":1e39}"#, "member 'f' of struct event: 1e39 does not fit in a floating-point number of 4 bytes"),
      (
        #"{"d":1e999}"#,
        "member 'd' of struct event: 1e999 does not fit in a floating-point number of 8 bytes"
      ),
      (#"{"pid":1,"pid":1}"#, "struct event: 'pid' is given twice"),
      (
        #"{"x":1,"bytes":[2]}"#,
        "member 'bytes[0]' of struct event contradicts another value for the same bytes"
      ),
      (#"{"wide":340282366920938463463374607431768211456}"#, "does not fit in 128 bits"),
      (
        #"{"long":[1]}"#,
        "expected an array of 16 bytes, or twice as many hexadecimal digits, found an array"
      ),
      (#"{"next":"0x1ffffffffffffffff"}"#, "0x1ffffffffffffffff does not fit in 64 bits"),
      (#"{"next":"0x+1"}"#, "is not a hexadecimal number of up to 128 bits"),
      (
        #"{"pidd":1}"#,
        "struct event has no member 'pidd'; it has pid, delta, flag, comm, mac, color, low, high, x, bytes, wide, f, d, "
          + "next, long"
      ),
      ("[]", "struct event: expected an object of its members, found an array"),
    ])
  func refusals(json: String, reason: String) throws {
    #expect(try Self.refusal(json).hasSuffix(reason))
  }

  @Test("An unknown member's error names the type once")
  func missingMember() throws {
    let refusal = try Self.refusal(#"{"pidd":1}"#)
    #expect(refusal.hasPrefix("struct event has no member 'pidd'; it has pid,"), "\(refusal)")
  }

  @Test("true and nan agree with every value that they include")
  func constraints() throws {
    let loose = try Self.type("loose")
    #expect(try loose.bytes(json: #"{"flag":true,"x":5}"#) == Int32(5).bytes)
    #expect(try loose.bytes(json: #"{"flag":true}"#) == Int32(1).bytes)
    #expect(try loose.bytes(json: #"{"f":"nan","x":2143289345}"#) == Int32(2_143_289_345).bytes)
    #expect(Float(bitPattern: try loose.bytes(json: #"{"f":"nan","flag":true}"#).word).isNaN)
    #expect(
      try Self.refusal(#"{"f":"nan","x":1}"#, of: "loose").contains(
        "member 'f' of union loose contradicts"))
    #expect(
      try Self.refusal(#"{"flag":true,"x":256}"#, of: "loose").contains(
        "'flag' of union loose contradicts"))
  }

  @Test(
    "Invalid JSON is rejected with its location",
    arguments: [
      "", " ", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "01", "-", "1.", ".5", "1e", "+1", "nul", "tru",
      "\"",
      "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "1 2", "{}}", "'a'", "NaN",
      "// 1\n1",
      String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
    ])
  func noJSON(text: String) throws {
    let type = try Self.type("event")
    let error = #expect(throws: BPFError.self) { () throws in try type.bytes(json: text) }
    #expect(error?.code == .malformed && error?.explanation.hasPrefix("not valid JSON: line ") == true)
  }

  @Test("Escape sequences in strings are decoded")
  func strings() throws {
    let text = #""\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00é😀""#
    guard case .string(let read) = try JSONReader.value(in: text) else { throw FixtureError.none }
    #expect(Array(read.utf8) == Array("\"\\/\u{8}\u{c}\n\r\tä😀é😀".utf8))
  }

  @Test("Types without values, or with too large ones, are rejected")
  func noValues() throws {
    var builder = Self.builder
    let forward = builder.add("elsewhere", .forward())
    let large = builder.add(.array(of: 1, index: 1, count: 1 << 30))
    let larger = builder.add(.array(of: large, index: 1, count: 1 << 30))
    let circle = builder.add("circle", .typedef(builder.endID))
    let outside = builder.add(
      "outside",
      .structure(
        byteCount: 2,
        members: [Member("x", type: 3, bitOffset: 0), Member("b", type: 3, bitOffset: 60, bitCount: 9)]))
    let nothing = builder.add("nothing", .structure(byteCount: 0, members: []))
    let many = builder.add(.array(of: nothing, index: 1, count: 1 << 31))
    // Each contains the previous one twice as an anonymous member, which gives an astronomical number of members.
    for _ in 0..<60 {
      builder.add(
        .structure(
          byteCount: 0,
          members: [
            Member(type: builder.endID - 1, bitOffset: 0), Member(type: builder.endID - 1, bitOffset: 0),
          ]))
    }
    let types = try builder.types()
    for id in [0, forward, large, larger, circle] {
      let error = #expect(throws: BPFError.self) { () throws in try types[id]?.bytes(json: "[1]") }
      #expect(error?.code == .typeMismatch)
    }
    for json in [#"{"x":1}"#, #"{"b":1}"#, #"{"y":1}"#] {
      #expect(throws: BPFError.self) { () throws in try types[outside]?.bytes(json: json) }
    }
    #expect(try types[many]?.bytes(json: "[]") == [])
    #expect(throws: BPFError.self) { () throws in try types[many]?.bytes(json: "[{}]") }
    let error = #expect(throws: BPFError.self) { () throws in try types[types.count]?.bytes(json: #"{"a":1}"#)
    }
    #expect(error?.explanation.contains("too many members") == true)
    // Writing stops early as well.
    #expect((types[types.count]?.json([]).utf8.count ?? .max) < 1_000_000)
    builder.add("named", .structure(byteCount: 0, members: []))
    for _ in 0..<60 {
      let last = builder.endID - 1
      builder.add(
        .union(
          byteCount: 0,
          members: [Member("a", type: last, bitOffset: 0), Member("b", type: last, bitOffset: 0)]))
    }
    let named = try builder.types()
    let text = try #require(named[named.count]?.json([]))
    #expect(text.utf8.count < 1_000_000 && (try? JSON(parsing: text)) != nil)
  }

  @Test("Values are read in the byte order of their types")
  func swapped() throws {
    let words: [UInt32] = [
      1, MalformedBTFTests.info(.int), 4, 0x0100_0020, 0, MalformedBTFTests.info(.structure, 2) | 1 << 31, 8,
      1, 1, 0,
      5, 1, 3 << 24 | 33,
    ]
    let types = try BTFTypes(MalformedBTFTests.object(words, names: "int\0bit", swapped: true))
    let bytes = try types[2]?.bytes(json: #"{"int":258,"bit":-3}"#)
    #expect(bytes == [0, 0, 1, 2, 0b0101_0000, 0, 0, 0])
    #expect(types[2]?.json(bytes ?? []) == #"{"int":258,"bit":-3}"#)
  }
}

extension [UInt8] {
  /// The first four bytes as a number.
  fileprivate var word: UInt32 { withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) } }
}

extension FixtureError {
  fileprivate static let none = FixtureError(operation: "read a string", errno: .invalidArgument)
}
