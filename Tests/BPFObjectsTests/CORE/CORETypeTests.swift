//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import BTF
import KernelFixtures
import Testing

@testable import BPFObjects

/// Relocations of types and enumerators: by name, with several candidates, and in modules.
@Suite("CO-RE: types and enumerators", .notEmulated(.asksNoKernel))
struct CORETypeTests {
  static let local = Result {
    try COREFixture(
      """
      struct plain { int a; int b; } core;
      typedef struct { int c; } nameless;
      typedef int (*callback)(struct plain *, u64);
      union either { int a; char b; };
      program(types)(void) {
        return type_info(struct plain, 0) + type_info(struct plain, 1) + type_info(union either, 0)
          + type_info(nameless, 0) + type_info(callback, 0);
      }
      struct absent { int a; };
      program(absent)(void) {
        return type_info(struct absent, 0) + type_info(struct absent, 1) + type_info(struct absent, 2)
          + type_id(struct absent, 1);
      }
      program(ids)(void) { return type_id(struct plain, 0) + type_id(struct plain, 1); }

      struct same { u32 a; struct plain *p; struct only_declared *q; u8 list[4]; callback call; };
      struct fewer { u32 a; };
      struct sign { s32 a; };
      struct array { u8 list[4]; };
      struct missing { u32 a; u32 b; };
      struct recursive { struct recursive *next; struct same inner; };
      struct calls { int (*call)(int, struct plain *); };
      program(matches)(void) {
        return type_info(struct same, 2) + type_info(struct fewer, 2) + type_info(struct sign, 2)
          + type_info(struct array, 2) + type_info(struct missing, 2) + type_info(struct recursive, 2)
          + type_info(struct calls, 2);
      }
      enum color { RED, GREEN = 7 };
      enum more { MANY, TOO_MANY };
      enum wide { NARROW };
      program(matching_enumerations)(void) {
        return type_info(enum color, 2) + type_info(enum more, 2) + type_info(enum wide, 2);
      }

      enum signs { MINUS = -3, PLUS = 3 };
      enum big { BIG = 0x1234567890, SMALL = 1 };
      enum large { LARGE = 0xfffffff0 };
      program(values)(void) {
        return enumerator_info(enum color, GREEN, 1) + enumerator_info(enum signs, MINUS, 1)
          + enumerator_info(enum big, BIG, 1) + enumerator_info(enum large, LARGE, 1)
          + enumerator_info(enum color, RED, 0) + enumerator_info(enum more, TOO_MANY, 0);
      }
      program(no_value)(void) { return enumerator_info(enum more, TOO_MANY, 1); }

      struct plain___ours { int b; } core;
      program(flavor)(struct plain___ours *p) { return p->b; }
      struct twins { int a; int only; int both; } core;
      program(twins)(struct twins *p) { return p->a; }
      program(twin_sizes)(void) { return type_info(struct twins, 1); }
      program(twins_with_field)(struct twins *p) { return field_info(p->a, 2); }
      program(pruned)(struct twins *p) { return p->only + p->both; }
      program(unpruned)(struct twins *p) { return p->both; }
      struct module_only { int a; } core;
      struct widths { u32 a; } core;
      program(widths)(struct widths *p) { return p->a; }
      program(width)(struct widths *p) { return field_info(p->a, 0); }
      program(width_size)(struct widths *p) { return field_info(p->a, 1); }
      program(module)(struct module_only *p) { return p->a; }
      """)
  }

  static let target = Result {
    try COREFixture(
      """
      struct plain { u64 inserted; int a; int b; };
      typedef struct { int other; } nameless;
      typedef long (*callback)(struct plain *, char);
      struct either { int a; };
      struct only_declared { int now_defined; };
      struct same { struct only_declared *q; const u32 a; u8 list[4]; u64 more; struct plain *p;
        int (*call)(struct plain *, u64); };
      struct fewer { u32 a; u32 b; };
      struct sign { u32 a; };
      struct array { u8 list[5]; };
      struct missing { u32 a; u32 c; u32 d; };
      struct recursive { struct same inner; struct recursive *next; };
      struct calls { int (*call)(int, struct same *); };
      enum color { GREEN = 9, BLUE, RED };
      enum more { MANY };
      enum wide { NARROW = 1ull << 40 };
      enum signs { MINUS = -8 };
      enum big { BIG = 5 };
      enum large { LARGE = 0xfffffff8 };
      struct widths { int inserted[2]; u32 a; };
      struct widths___second { int inserted[2]; u64 a; };
      struct twins { int a; int both; };
      struct twins___second { int inserted; int a; int inserted_too; int both; int only; };
      struct twins___third { int inserted[3]; int a; int both; };
      """,
      keep: [
        "struct plain", "nameless", "callback", "struct either", "struct same", "struct fewer", "struct sign",
        "struct array", "struct missing", "struct recursive", "struct calls", "enum color", "enum more",
        "enum wide", "enum signs", "enum big", "enum large", "struct twins", "struct twins___second",
        "struct twins___third", "struct widths", "struct widths___second",
      ])
  }

  static func relocator() throws -> CORERelocator {
    CORERelocator(local: try local.get().types, target: try target.get().types)
  }

  static func numbers(_ section: String) throws -> [Int64?] {
    var relocator = try relocator()
    return try local.get().relocated(section, by: &relocator).numbers
  }

  @Test("Determines whether a type exists, and its size")
  func types() throws {
    #expect(try Self.numbers("types") == [1, 16, 0, 1, 1])
    #expect(try Self.numbers("absent") == [0, 0, 0, 0])
  }

  @Test("Returns the ID of a type in the object and in the kernel")
  func ids() throws {
    let (local, target) = try (Self.local.get().types, Self.target.get().types)
    #expect(
      try Self.numbers("ids") == [
        Int64(try #require(local.find(.structure, named: "plain")).id),
        Int64(try #require(target.find(.structure, named: "plain")).id),
      ])
  }

  @Test("Determines whether a type matches in all members")
  func matches() throws {
    #expect(try Self.numbers("matches") == [1, 1, 0, 0, 0, 1, 0])
    #expect(try Self.numbers("matching_enumerations") == [1, 0, 0])
  }

  @Test("Returns the values of enumerators, including negative and 64-bit ones")
  func values() throws {
    #expect(try Self.numbers("values") == [9, -8, 5, 0xffff_fff8, 1, 0])
    var relocator = try Self.relocator()
    let missing = try Self.local.get().relocated("no_value", by: &relocator)
    #expect(missing.numbers == [nil])
    #expect(missing.instructions.count(where: { $0.immediate == 195_896_080 }) == 2)
    #expect(
      missing.unresolved.first?.explanation
        == "the enumerator enum more.TOO_MANY = 1: it is not in the kernel's BTF")
  }

  @Test("Ignores the flavor of a name")
  func flavors() throws {
    #expect(try Self.numbers("flavor") == [12])
  }

  @Test(
    "Rejects ambiguous types, and lists the candidates with their differences",
    arguments: [
      (
        "twins", "<byte_off> struct twins.a (0:0 @ offset 0)",
        [
          "struct twins.a (0:0 @ offset 0)", "struct twins___second.a (0:1 @ offset 4)",
          "struct twins___third.a (0:1 @ offset 12)",
        ],
        ["", "", ""]
      ),
      (
        "twins_with_field", "<field_exists> struct twins.a (0:0 @ offset 0)",
        [
          "struct twins.a (0:0 @ offset 0)", "struct twins___second.a (0:1 @ offset 4)",
          "struct twins___third.a (0:1 @ offset 12)",
        ],
        ["", "", ""]
      ),
      (
        "twin_sizes", "<type_size> struct twins", ["struct twins", "struct twins___second"],
        [": 8 bytes", ": 20 bytes"]
      ),
      (
        "width_size", "<byte_sz> struct widths.a (0:0 @ offset 0)",
        ["struct widths.a (0:1 @ offset 8)", "struct widths___second.a (0:1 @ offset 8)"],
        [": 4 bytes", ": 8 bytes"]
      ),
    ])
  func ambiguity(_ program: String, question: String, candidates: [String], results: [String]) throws {
    var relocator = try Self.relocator()
    let types = try Self.target.get().types
    let error = #expect(throws: BPFError.self) { try Self.local.get().relocated(program, by: &relocator) }
    #expect(error?.code == .ambiguous)
    let list = try zip(candidates, results).map { candidate, result in
      let name = try #require(candidate.firstMatch(of: /struct (\w+)/)).1
      return "\(candidate) in type \(try #require(types.find(.structure, named: String(name))).id)\(result)"
    }
    #expect(
      error?.explanation
        == "\(question) at instruction 0: the kernel's BTF has types of this name that differ in it: "
        + list.joined(separator: "; ") + ": ask first for a field that only the right one has")
  }

  @Test("Candidates that agree in the offset but not in the size are ambiguous for loads only")
  func widths() throws {
    #expect(try Self.numbers("width") == [8])
    var relocator = try Self.relocator()
    let types = try Self.target.get().types
    let ids = try ["widths", "widths___second"].map { try #require(types.find(.structure, named: $0)).id }
    let widths = try Self.local.get().relocated("widths", by: &relocator)
    #expect(widths.numbers == [nil])
    #expect(
      widths.unresolved.first?.explanation
        == "the field struct widths.a (0:0 @ offset 0): types of this name in the kernel's BTF have it at the same offset, "
        + "but not in the same size or type: struct widths.a (0:1 @ offset 8) in type \(ids[0]): unsigned int, 4 bytes; "
        + "struct widths___second.a (0:1 @ offset 8) in type \(ids[1]): unsigned long long, 8 bytes: "
        + "ask first for a field that only the right one has")
  }

  @Test("An enumeration without a sign flag takes the sign of the program's")
  func signs() throws {
    let names = "signs\0MINUS\0large\0LARGE\0"
    let target = try BTFTypes(
      COREHostileTests.object(
        [1, 6 << 24 | 1, 4, 7, 0xffff_fff8, 13, 6 << 24 | 1, 4, 19, 0xffff_fff7], names: names))
    let local = try Self.local.get()
    var relocator = CORERelocator(local: local.types, target: target)
    #expect(try local.relocated("values", by: &relocator).numbers == [nil, -8, nil, 0xffff_fff7, 0, 0])
  }

  @Test("Excludes candidates after a relocation that they cannot satisfy")
  func pruning() throws {
    #expect(try Self.numbers("pruned") == [16, 12])
    #expect(throws: BPFError.self) { try Self.numbers("unpruned") }
  }

  @Test("Searches modules only for types that the kernel lacks")
  func modules() throws {
    let (local, target) = try (Self.local.get(), Self.target.get())
    let module = try COREFixture(
      "struct module_only { u64 inserted; int a; };", keep: ["struct module_only"])
    final class Count { var asked = 0 }
    let count = Count()
    var relocator = CORERelocator(local: local.types, target: target.types) { () throws(BPFError) in
      count.asked += 1
      return [module.types]
    }
    #expect(try local.relocated("flavor", by: &relocator).numbers == [12])
    #expect(count.asked == 0)
    #expect(try local.relocated("module", by: &relocator).numbers == [8])
    #expect(try local.relocated("absent", by: &relocator).numbers == [0, 0, 0, 0])
    #expect(count.asked == 1)
    var failing = CORERelocator(local: local.types, target: target.types) { () throws(BPFError) in
      throw BPFError(.readBTF, .permissionDenied)
    }
    #expect(throws: BPFError(.readBTF, .permissionDenied)) { try local.relocated("module", by: &failing) }
  }
}
