//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BTF
import KernelFixtures
import Testing

/// Values of a compiled object's map, formatted by the map's own types.
@Suite("Formatting values", .bpftool)
struct ValueFormatTests {
  /// Compiles the fixture, loads it with bpftool, and calls a closure with one of its maps and the value's type.
  static func withMap(_ name: String, _ body: (MapHandle, BTFType) throws -> Void) throws {
    let source = String(decoding: PackageResources.values_bpf_c, as: UTF8.self)
    try withTemporaryDirectory { directory in
      let object = directory.appending("values.bpf.o")
      try Toolchain.compile(source, to: object)
      try withBPFFileSystem { pins in
        try Bpftool.run(
          "prog", "loadall", object.string, pins.appending("programs").string, "pinmaps",
          pins.appending("maps").string)
        let map = try MapHandle(pinnedAt: pins.appending("maps").appending(name))
        let info = try map.info()
        let types = try BTFTypes(id: info.btfID)
        try body(map, #require(types[Int(info.btfValueTypeID)]))
      }
    }
  }

  @Test("Random values match bpftool's output")
  func plain() throws {
    try Self.withMap("plain_values") { map, type in
      var random = MalformedBTFTests.SplitMix(state: 5)
      // Characters are not random: bpftool does not treat an array without a final NUL as text.
      let names = ["eth0\0\0\0\0", "eth0\0one", "\0\0\0\0\0\0\0\0", "\u{1}th0\0\0\0\0"]
      for key in 0..<8 as Range<UInt32> {
        var value = (0..<map.valueSize).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        // bpftool shows the number of a Boolean byte that is neither 0 nor 1.
        value[16] &= 1
        let name = Array(names[Int(key) % names.count].utf8)
        for (member, bytes) in [("inner", name), ("text", Array(name.prefix(3)) + [0])] {
          let place = try #require(type.members.first { $0.name == member })
          for start in member == "inner" ? [2, 12] : [0] {
            let offset = place.byteOffset + start
            value.replaceSubrange(offset..<offset + bytes.count, with: bytes)
          }
        }
        try map.update(key.bytes, to: value)
      }
      let dump = try Bpftool.run("map", "dump", "id", "\(map.id)").array
      #expect(dump.count == 8)
      let writer = BTFValueWriter(type, endingTextAtNUL: true)
      for entry in dump {
        let key = UInt32(bytes: entry["key"].bytes)
        var ours: [UInt8] = []
        let value = try #require(try map.lookup(key.bytes))
        writer.append(jsonOf: value.span, to: &ours)
        #expect(
          try JSON(parsing: String(decoding: ours, as: UTF8.self)) == entry["formatted"]["value"], "\(key)")
      }
      #expect(try type.json(map.lookup(UInt32(0).bytes) ?? []).contains(#""name":"eth0""#))
      // No byte after the NUL is dropped unless requested.
      #expect(
        try type.json(map.lookup(UInt32(1).bytes) ?? []).contains(#""name":[101,116,104,48,0,111,110,101]"#))
    }
  }

  @Test("Values that bpftool formats incorrectly")
  func odd() throws {
    try Self.withMap("odd_values") { map, type in
      #expect(
        type.json([UInt8](repeating: 0, count: map.valueSize))
          == #"{"color":"RED","sign":"NONE","large":0,"b1":0,"b2":0,"b3":"RED","b4":0,"nameless":0,"low":0,"high":0,"#
          + #""d":0.0,"f":0.0,"wide":0,"deep":0}"#)
      #expect(
        type.json([UInt8](repeating: 0xff, count: map.valueSize))
          == #"{"color":4294967295,"sign":-1,"large":18446744073709551615,"b1":7,"b2":-1,"b3":15,"b4":1099511627775,"#
          + #""nameless":4294967295,"low":255,"high":4294967295,"d":"nan","f":"nan","#
          + #""wide":340282366920938463463374607431768211455,"deep":-1}"#)
      var value = [UInt8](repeating: 0, count: map.valueSize)
      func put(_ name: String, _ bytes: [UInt8]) {
        let offset = type.members.first { $0.name == name }?.byteOffset ?? 0
        value.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      }
      put("color", UInt32(7).bytes)
      put("sign", Int32(-3).bytes)
      put("large", UInt64(0x123456789abcdef).bytes)
      put("b1", (UInt32(0b101) | UInt32(0b11110) << 3 | UInt32(5) << 8).bytes)
      put("d", withUnsafeBytes(of: 1.5) { Array($0) })
      #expect(
        type.json(value)
          == #"{"color":"BLUE","sign":"MINUS","large":"LARGE","b1":5,"b2":-2,"b3":"GREEN","b4":0,"nameless":0,"low":0,"#
          + #""high":0,"d":1.5,"f":0.0,"wide":0,"deep":0}"#)
      #expect(
        type.text(value)
          == "{.color = BLUE, .sign = MINUS, .large = LARGE, .b1 = 5, .b2 = -2, .b3 = GREEN, .b4 = 0, .nameless = 0, "
          + ".low = 0, .high = 0, .d = 1.5, .f = 0.0, .wide = 0, .deep = 0}")
    }
  }

  @Test("Missing bytes are not read")
  func short() throws {
    try Self.withMap("plain_values") { map, type in
      for count in 0..<map.valueSize {
        let text = type.json([UInt8](repeating: 1, count: count))
        #expect((try? JSON(parsing: text)) != nil, "\(text)")
      }
    }
  }

  @Test("Every structure of the kernel is written as valid JSON")
  func kernel() throws {
    let kernel = try KernelTypesTests.kernel.get()
    var random = MalformedBTFTests.SplitMix(state: 9)
    for _ in 0..<300 {
      let type = try #require(kernel[Int(random.next() % UInt64(kernel.count)) + 1])
      guard let size = type.byteCount, size < 4096 else { continue }
      let value = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let text = type.json(value)
      #expect((try? JSON(parsing: text)) != nil, "\(type.name): \(text)")
      _ = type.text(value)
    }
  }
}
