//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import KernelFixtures
import Testing

@testable import BTF

/// Malformed objects. Each is rejected with a reason, without reading out of bounds.
@Suite("Malformed BTF")
struct MalformedBTFTests {
  /// Returns an object of types, each a few words, and names.
  static func object(_ types: [UInt32], names: String = "", swapped: Bool = false) -> [UInt8] {
    let strings = [0] + Array(names.utf8) + [0]
    let typeBytes = types.flatMap { (swapped ? $0.byteSwapped : $0).bytes }
    func word(_ word: Int) -> [UInt8] { (swapped ? UInt32(word).byteSwapped : UInt32(word)).bytes }
    return (swapped ? UInt16(0xeb9f).byteSwapped : 0xeb9f).bytes + [1, 0] + word(24) + word(0)
      + word(typeBytes.count) + word(typeBytes.count) + word(strings.count) + typeBytes + strings
  }

  static func info(_ kind: BTFKind, _ count: UInt32 = 0) -> UInt32 { UInt32(kind.rawValue) << 24 | count }

  static func refusal(_ bytes: [UInt8]) -> String {
    do throws(BPFError) {
      let types = try BTFTypes(bytes)
      return "no error, \(types.count) types"
    } catch {
      return error.code == .malformed ? error.explanation : "another error: \(error)"
    }
  }

  @Test("An object with one integer reads in both byte orders", arguments: [false, true])
  func good(swapped: Bool) throws {
    let bytes = Self.object([1, Self.info(.int), 4, 0x0100_0020], names: "int", swapped: swapped)
    let types = try BTFTypes(bytes)
    let int = try #require(types.find(.int, named: "int"))
    #expect(types.isByteSwapped == swapped && types.count == 1 && int.id == 1 && int.byteCount == 4)
    #expect(int.integer?.isSigned == true && int.integer?.bitCount == 32)
    #expect(types.find(.int, named: "nt") == nil)
  }

  @Test("The error gives the reason")
  func reasons() {
    #expect(Self.refusal([]).contains("fewer than the header"))
    #expect(Self.refusal([UInt8](repeating: 0, count: 24)).contains("0xeb9f"))
    var version = Self.object([])
    version[2] = 2
    #expect(Self.refusal(version).contains("version 2"))
    #expect(Self.refusal(Self.object([0, Self.info(.int), 4])).contains("truncated"))
    #expect(Self.refusal(Self.object([0, 31 << 24, 4])).contains("unknown kind 31"))
    #expect(Self.refusal(Self.object([0, Self.info(.pointer), 2])).contains("refers to type 2 of 1"))
    #expect(
      Self.refusal(Self.object([9, Self.info(.pointer), 0])).contains("name beyond the string section"))
    #expect(Self.refusal(Self.object([0, Self.info(.structure, 0xffff), 4])).contains("truncated"))
    #expect(
      Self.refusal(Self.object([0, Self.info(.structure, 1), 4, 0, 7, 0])).contains("refers to type 7"))
    #expect(
      Self.refusal(Self.object([0, Self.info(.dataSection, 1), 4, 7, 0, 0])).contains("refers to type 7"))
    #expect(Self.refusal(Self.object([0, Self.info(.array), 0, 7, 0, 1])).contains("refers to type 7"))
    var strings = Self.object([])
    strings[strings.count - 1] = 65
    #expect(Self.refusal(strings).contains("NUL"))
    var beyond = Self.object([])
    beyond[20] = 0xff
    #expect(Self.refusal(beyond).contains("exceeds the object's"))
  }

  @Test("Cyclic types have no size, and traversals end")
  func circles() throws {
    // A typedef of itself, two typedefs of each other, a structure that contains itself, and an array of itself.
    let types = try BTFTypes(
      Self.object([
        0, Self.info(.typedef), 1,
        0, Self.info(.const), 3, 0, Self.info(.volatile), 2,
        0, Self.info(.structure, 1), 8, 0, 4, 0,
        0, Self.info(.array), 0, 5, 5, 2,
      ]))
    for id in [1, 2, 3, 5] {
      #expect(types[id]?.byteCount == nil && types[id]?.alignment == nil)
    }
    #expect(types[1]?.unmodified == nil)
    #expect(types[4]?.byteCount == 8 && types[4]?.alignment == nil)
  }

  @Test("An overflowing size is nil")
  func overflow() throws {
    var words: [UInt32] = [0, Self.info(.int), 0xffff_ffff, 32]
    for id in 1...4 as ClosedRange<UInt32> { words += [0, Self.info(.array), 0, id, 1, 0xffff_ffff] }
    let types = try BTFTypes(Self.object(words))
    #expect(types[2]?.byteCount == nil)
    #expect(types[5]?.byteCount == nil)
  }

  @Test("An object with changed bytes gives an error, or types that can be traversed", arguments: 0..<8)
  func anything(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed) &* 0x9e37_79b9)
    let good = Self.object(
      [
        1, Self.info(.int), 4, 0x0100_0020, 5, Self.info(.structure, 2), 8, 1, 1, 0, 5, 3, 32, 0,
        Self.info(.pointer), 2,
        0, Self.info(.array), 0, 1, 1, 4, 9, Self.info(.enumeration, 1), 4, 5, 7, 0,
        Self.info(.functionPrototype, 1), 1,
        5, 1, 5, Self.info(.function), 6, 9, Self.info(.variable), 2, 1, 0, Self.info(.dataSection, 1), 8, 8,
        0, 8,
      ], names: "int\0abc\0def")
    #expect(Self.refusal(good) == "no error, 9 types")
    for _ in 0..<4000 {
      var bytes = good
      for _ in 0...random.next() % 4 {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.next() % 8 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
      guard let types = try? BTFTypes(bytes) else { continue }
      for id in 0..<types.endID {
        guard let type = types[id] else { continue }
        _ = (
          type.name, type.byteCount, type.alignment, type.unmodified, type.target, type.componentIndex,
          type.linkage
        )
        for member in type.members { _ = (member.name, member.type.name, member.byteOffset) }
        for enumerator in type.enumerators { _ = enumerator.name }
        for parameter in type.parameters { _ = parameter.type.kind }
        for variable in type.sectionVariables { _ = variable.variable.name }
      }
      _ = (types.find(.structure, named: "abc"), types.all(named: "int"))
    }
  }

  struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }
}
