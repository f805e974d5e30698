//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import FuzzSupport

/// Fuzzes values in JSON: the first byte selects the type, the rest is the text.
@main
enum FuzzJSON {
  static func main() {
    let types = types
    Fuzzer.run { bytes in
      guard let first = bytes.first, let type = types[Int(first) % types.endID] else { return }
      let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
      guard
        let value = Fuzzer.attempt(
          .malformed, .invalidArgument, .typeMismatch,
          body: { () throws(BPFError) in
            try type.bytes(json: text)
          })
      else { return }
      Fuzzer.require(value.count == type.byteCount, "\(value) has the wrong size")
      let json = type.json(value)
      let again = Fuzzer.attempt { () throws(BPFError) in try type.bytes(json: json) }
      Fuzzer.require(again == value, "\(json): \(value) became \(again ?? [])")
      Fuzzer.use(type.text(value))
    }
  }

  /// Types of each kind that has values.
  private static var types: BTFTypes {
    var builder = BTFBuilder()
    func int(_ name: String, _ bytes: Int, signed: Bool = false, boolean: Bool = false) -> Int {
      builder.add(
        name,
        .int(
          byteCount: bytes, BTFType.IntegerEncoding(isSigned: signed, isBoolean: boolean, bitCount: bytes * 8)
        ))
    }
    let (char, u16, s32) = (int("char", 1, signed: true), int("u16", 2), int("int", 4, signed: true))
    let (u64, s128, bool) = (int("u64", 8), int("__int128", 16, signed: true), int("_Bool", 1, boolean: true))
    let float = builder.add("float", .float(byteCount: 4))
    let double = builder.add("double", .float(byteCount: 8))
    let text = builder.add(.array(of: char, index: s32, count: 12))
    let grid = builder.add(
      .array(of: builder.add(.array(of: u16, index: s32, count: 3)), index: s32, count: 2))
    let state = builder.add(
      "state", .enumeration(isSigned: true, [.init(name: "OFF", value: -1), .init(name: "ON", value: 1)]))
    let wide = builder.add("wide", .enumeration64([.init(name: "MOST", value: Int128(UInt64.max))]))
    let either = builder.add(
      "either",
      .union(
        byteCount: 16,
        members: [
          .init("number", type: u64, bitOffset: 0), .init("real", type: double, bitOffset: 0),
          .init("is", type: bool, bitOffset: 0), .init("text", type: text, bitOffset: 0),
        ]))
    let inner = builder.add(
      .structure(
        byteCount: 8,
        members: [
          .init("low", type: s32, bitOffset: 0, bitCount: 5),
          .init("mode", type: state, bitOffset: 5, bitCount: 3),
          .init("high", type: u64, bitOffset: 8, bitCount: 50),
        ]))
    builder.add(
      "all",
      .structure(
        byteCount: 128,
        members: [
          .init("", type: inner, bitOffset: 0), .init("either", type: either, bitOffset: 64),
          .init("grid", type: grid, bitOffset: 192), .init("text", type: text, bitOffset: 288),
          .init("s128", type: s128, bitOffset: 384), .init("float", type: float, bitOffset: 512),
          .init("bool", type: bool, bitOffset: 544), .init("state", type: state, bitOffset: 576),
          .init("wide", type: wide, bitOffset: 640),
          .init("pointer", type: builder.endID + 1, bitOffset: 704),
        ]))
    builder.add(.pointer(to: 0))
    guard let types = try? builder.types() else { preconditionFailure("the types are not valid BTF") }
    return types
  }
}
