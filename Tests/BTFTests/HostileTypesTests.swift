//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BTF
import BPFSyscall
import Testing

/// Types that lie within their object and are built as no compiler does: whoever follows them comes to an end, and takes
/// no more memory than their bytes account for. Most were found by fuzzing.
@Suite("Types built as no compiler does")
struct HostileTypesTests {
  static func info(_ kind: BTFKind, _ count: UInt32 = 0) -> UInt32 { MalformedBTFTests.info(kind, count) }

  /// An object of types, each a few words. The name at 1 is `a`, that at 3 is `b`.
  static func types(_ types: [[UInt32]]) throws -> BTFTypes {
    try BTFTypes(MalformedBTFTests.object(Array(types.joined()), names: "a\0b"))
  }

  /// That a header is short, and tells that it is not whole.
  static func expectCutOff(_ types: BTFTypes) {
    let header = types.cHeader()
    #expect(header.utf8.count < 4 << 20)
    #expect(header.contains("#error"))
  }

  @Test("Other names that go in a circle")
  func namesInACircle() throws {
    let types = try Self.types([
      [1, Self.info(.typedef), 2], [0, Self.info(.const), 1], [1, Self.info(.structure, 1), 8, 3, 1, 0],
    ])
    #expect(types.cHeader().contains("typedef const a a;"))
  }

  @Test("Pointers, prototypes and nameless structures that lead to themselves")
  func circles() throws {
    Self.expectCutOff(try Self.types([[0, Self.info(.pointer), 1], [1, Self.info(.typedef), 1]]))
    Self.expectCutOff(
      try Self.types([[0, Self.info(.functionPrototype, 2), 1, 0, 1, 0, 1], [1, Self.info(.typedef), 1]]))
    Self.expectCutOff(
      try Self.types([
        [0, Self.info(.structure, 1), 8, 3, 2, 0], [0, Self.info(.pointer), 1],
        [1, Self.info(.structure, 1), 8, 3, 1, 0],
      ]))
  }

  @Test("A chain of a hundred thousand pointers")
  func chain() throws {
    let count: UInt32 = 100_000
    let chain = (1...count).map { [0, Self.info(.pointer), $0 - 1] }
    Self.expectCutOff(try Self.types(chain + [[1, Self.info(.typedef), count]]))
  }

  @Test("Structures that each have the one before twice", arguments: [UInt32(1), 0])
  func doubled(name: UInt32) throws {
    let innermost: [UInt32] = [1, Self.info(.int), 4, 32]
    let structures = (1...40).map { before -> [UInt32] in
      [before == 40 ? 1 : name, Self.info(.structure, 2), 4, 3, UInt32(before), 0, 3, UInt32(before), 0]
    }
    let types = try Self.types([innermost] + structures)
    #expect(types[41]?.alignment == 4)
    if name == 0 { Self.expectCutOff(types) } else { #expect(!types.cHeader().contains("#error")) }
  }

  @Test("A structure of four gigabytes that has nothing in it")
  func gap() throws {
    Self.expectCutOff(try Self.types([[1, Self.info(.structure), .max]]))
  }

  @Test("A bit-field of a type that has no bytes, and a member of more than can be counted in bits")
  func oddMembers() throws {
    let flag: UInt32 = 1 << 31
    let empty = try Self.types([
      [1, Self.info(.int), 0, 0], [1, Self.info(.structure, 1) | flag, 4, 3, 1, 3 << 24 | 1],
    ])
    #expect(empty.cHeader().contains("a b: 3"))
    let large = try Self.types([
      [1, Self.info(.int), 1, 8], [0, Self.info(.array), 0, 1, 1, 1 << 31],
      [0, Self.info(.array), 0, 2, 1, 1 << 31], [1, Self.info(.structure, 1), 4, 3, 3, 0],
    ])
    #expect(large[3]?.byteCount == 1 << 62)
    #expect(large.cHeader().contains("b[2147483648][2147483648]"))
  }

  @Test("A value of few bytes whose members say nothing of most of them")
  func manyMembers() throws {
    let members = (0..<4000).flatMap { _ -> [UInt32] in [3, 0, 0] }
    let types = try Self.types([[1, Self.info(.structure, 4000), 4000] + members])
    let value = [UInt8](repeating: 255, count: 4000)
    let text = try #require(types[1]?.text(value))
    #expect(text.utf8.count < 4 << 20)
    #expect(text.hasPrefix("{.b = {0xff, 0xff"))
  }

  @Test("A name is refused that is longer than names are, if a type has it")
  func longNames() throws {
    let int: [UInt32] = [1, Self.info(.int), 4, 32]
    func object(_ length: Int, of types: [UInt32]) -> [UInt8] {
      MalformedBTFTests.object(types, names: "a\0" + String(repeating: "x", count: length))
    }
    let longest = try BTFTypes(object(4096, of: int + [3, Self.info(.typedef), 1]))
    #expect(longest[2]?.name.utf8.count == 4096)
    #expect(
      MalformedBTFTests.refusal(object(4097, of: int + [3, Self.info(.typedef), 1]))
        .contains("a name of more than 4096 bytes"))
    // Lines of the source may be as long.
    #expect(try BTFTypes(object(100_000, of: int)).count == 1)
  }
}
