//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BTF
import BPFSyscall
import Testing

/// Types that are within bounds but malformed. Traversals end, and use no more memory than the input justifies. Most of
/// them were found by fuzzing.
@Suite("Hostile types")
struct HostileTypesTests {
  static func info(_ kind: BTFKind, _ count: UInt32 = 0) -> UInt32 { MalformedBTFTests.info(kind, count) }

  /// Returns an object of types, each a few words. The name at offset 1 is `a`, at 3 `b`.
  static func types(_ types: [[UInt32]]) throws -> BTFTypes {
    try BTFTypes(MalformedBTFTests.object(Array(types.joined()), names: "a\0b"))
  }

  /// Expects a short header that reports its truncation.
  static func expectTruncated(_ types: BTFTypes) {
    let header = types.cHeader()
    #expect(header.utf8.count < 4 << 20)
    #expect(header.contains("#error"))
  }

  @Test("Cyclic typedefs")
  func namesInACircle() throws {
    let types = try Self.types([
      [1, Self.info(.typedef), 2], [0, Self.info(.const), 1], [1, Self.info(.structure, 1), 8, 3, 1, 0],
    ])
    #expect(types.cHeader().contains("typedef const a a;"))
  }

  @Test("Cyclic pointers, prototypes and anonymous structures")
  func circles() throws {
    Self.expectTruncated(try Self.types([[0, Self.info(.pointer), 1], [1, Self.info(.typedef), 1]]))
    Self.expectTruncated(
      try Self.types([[0, Self.info(.functionPrototype, 2), 1, 0, 1, 0, 1], [1, Self.info(.typedef), 1]]))
    Self.expectTruncated(
      try Self.types([
        [0, Self.info(.structure, 1), 8, 3, 2, 0], [0, Self.info(.pointer), 1],
        [1, Self.info(.structure, 1), 8, 3, 1, 0],
      ]))
  }

  @Test("A chain of a hundred thousand pointers")
  func chain() throws {
    let count: UInt32 = 100_000
    let chain = (1...count).map { [0, Self.info(.pointer), $0 - 1] }
    Self.expectTruncated(try Self.types(chain + [[1, Self.info(.typedef), count]]))
  }

  @Test("Structures that each contain the previous one twice", arguments: [UInt32(1), 0])
  func doubled(name: UInt32) throws {
    let innermost: [UInt32] = [1, Self.info(.int), 4, 32]
    let structures = (1...40).map { before -> [UInt32] in
      [before == 40 ? 1 : name, Self.info(.structure, 2), 4, 3, UInt32(before), 0, 3, UInt32(before), 0]
    }
    let types = try Self.types([innermost] + structures)
    #expect(types[41]?.alignment == 4)
    if name == 0 { Self.expectTruncated(types) } else { #expect(!types.cHeader().contains("#error")) }
  }

  @Test("An empty structure of four gigabytes")
  func gap() throws {
    Self.expectTruncated(try Self.types([[1, Self.info(.structure), .max]]))
  }

  @Test("A bit-field of an empty type, and a member whose size in bits overflows")
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

  @Test("A value with raw bytes that exceed the output limit")
  func manyMembers() throws {
    let members = (0..<4000).flatMap { _ -> [UInt32] in [3, 0, 0] }
    let types = try Self.types([[1, Self.info(.structure, 4000), 4000] + members])
    let value = [UInt8](repeating: 255, count: 4000)
    let text = try #require(types[1]?.text(value))
    #expect(text.utf8.count < 4 << 20)
    #expect(text.hasPrefix("{.b = {0xff, 0xff"))
  }

  @Test("A type's name that exceeds the length limit is rejected")
  func longNames() throws {
    let int: [UInt32] = [1, Self.info(.int), 4, 32]
    func object(_ length: Int, of types: [UInt32]) -> [UInt8] {
      MalformedBTFTests.object(types, names: "a\0" + String(repeating: "x", count: length))
    }
    let longest = try BTFTypes(object(4096, of: int + [3, Self.info(.typedef), 1]))
    #expect(longest[2]?.name.utf8.count == 4096)
    #expect(
      MalformedBTFTests.refusal(object(4097, of: int + [3, Self.info(.typedef), 1]))
        .contains("name exceeds 4096 bytes"))
    // Source lines may be as long.
    #expect(try BTFTypes(object(100_000, of: int)).count == 1)
  }
}
