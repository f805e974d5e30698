//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFInstructions
import BPFSyscall
import BTF
import KernelFixtures
import Testing

@testable import BPFObjects

/// Fields that are moved, resized or missing in hand-written target types.
@Suite("CO-RE: fields", .notEmulated(.asksNoKernel))
struct COREFieldTests {
  static let local = Result {
    try COREFixture(
      """
      struct moved { int a; u64 b; } core;
      program(moved)(struct moved *p) { return p->a + p->b; }

      struct inside { int x; struct { int y; union { int z; u64 w; }; }; } core;
      program(inside)(struct inside *p) { return p->x + p->y + p->z; }

      struct element { u32 first; u32 second; } core;
      typedef struct element elements[4];
      struct arrays { u32 list[8]; elements several; u32 grid[3][5]; } core;
      program(arrays)(struct arrays *p) { return p->list[3] + p->several[2].second + p->grid[1][2] + p[2].list[0]; }
      program(beyond)(struct arrays *p) { return p->list[7]; }
      program(array_itself)(struct arrays *p) { return *(u32 *)p->list; }

      struct flexible { int count; u32 tail[]; } core;
      program(flexible)(struct flexible *p) { return p->tail[6]; }
      struct stiff { int count; u32 list[4]; } core;
      program(stiff)(struct stiff *p) { return p->list[3]; }

      struct bits { u32 low : 3; u32 high : 7; s32 sign : 5; u64 whole; } core;
      program(bits)(struct bits *p) {
        return field_info(p->high, 0) + field_info(p->high, 1) + field_info(p->high, 3) + field_info(p->high, 4)
          + field_info(p->high, 5);
      }
      program(sign)(struct bits *p) { return field_info(p->sign, 3) + field_info(p->whole, 3); }
      program(whole)(struct bits *p) {
        return field_info(p->whole, 0) + field_info(p->whole, 1) + field_info(p->whole, 4) + field_info(p->whole, 5);
      }

      struct exists { int here; int gone; int other; int *pointer; struct { int inner; } part; } core;
      program(exists)(struct exists *p) {
        return field_info(p->here, 2) + field_info(p->gone, 2) + field_info(p->other, 2) + field_info(p->pointer, 2)
          + field_info(p->part.inner, 2);
      }
      program(gone)(struct exists *p) { return p->here + p->gone; }
      program(other)(struct exists *p) { return p->other; }
      struct absent { int field; } core;
      program(absent)(struct absent *p) { return field_info(p->field, 2) + p->field; }
      program(no_size)(struct absent *p) { return field_info(p->field, 1); }

      enum one { ONE }; enum two { TWO };
      struct kinds { enum one e; enum two f; float r; struct element s; u64 i; u16 list[2]; void (*call)(int); } core;
      program(kinds)(struct kinds *p) {
        return field_info(p->e, 2) + field_info(p->f, 2) + field_info(p->r, 2) + field_info(p->s, 2)
          + field_info(p->i, 2) + field_info(p->list, 2) + field_info(p->call, 2);
      }

      struct sizes { u32 wider; u64 narrower; s32 sign; u32 odd; u8 *pointer; } core;
      program(wider)(struct sizes *p) { return p->wider; }
      program(narrower)(struct sizes *p) { return p->narrower; }
      program(store)(struct sizes *p) { p->narrower = 5; return 0; }
      program(sizes_sign)(struct sizes *p) { return p->sign; }
      program(odd)(struct sizes *p) { return p->odd; }

      struct far { u32 field; } core;
      program(far)(struct far *p) { return p->field; }
      program(far_number)(struct far *p) { return field_info(p->field, 0); }
      """)
  }

  static let target = Result {
    try COREFixture(
      """
      struct moved { u64 before; u64 b; short between; int a; };
      struct inside { struct { struct { u64 q; int z; }; int y; }; union { char c; int x; }; };
      typedef u32 number;
      struct element { u64 inserted; number first; const volatile number second; };
      struct arrays { u64 inserted; struct element several[3]; const number list[7]; number grid[2][6]; };
      struct flexible { u64 inserted; int count; u32 tail[]; };
      struct stiff { u64 inserted; u32 list[]; };
      struct bits { u64 inserted; u64 low : 30; u64 high : 20; s32 sign; s64 whole; };
      struct exists { int here; int *other; int pointer; union { struct { int inner; }; } part; };
      enum one___kernel { ONE }; enum three { THREE };
      struct kinds { enum one___kernel e; enum three f; double r; union { int a; } s; u8 i; s64 list[9]; int *call; };
      struct sizes { u64 inserted; u64 wider; u16 narrower; s64 sign; struct { u32 x[3]; } odd; u8 *pointer; };
      struct far { char inserted[40000]; u32 field; };
      """,
      keep: [
        "struct moved", "struct inside", "struct arrays", "struct flexible", "struct stiff", "struct bits",
        "struct exists", "struct kinds", "struct sizes", "struct far",
      ])
  }

  static func relocate(_ section: String) throws -> (
    numbers: [Int64?], unresolved: [CORERelocator.Unresolved], instructions: [Instruction]
  ) {
    var relocator = CORERelocator(local: try local.get().types, target: try target.get().types)
    return try local.get().relocated(section, by: &relocator)
  }

  /// Returns the numbers by relocation kind and access string.
  static func numbers(_ section: String) throws -> [String: Int64?] {
    let numbers = try relocate(section).numbers
    let fixture = try local.get()
    return Dictionary(
      zip(try #require(fixture.relocations[section]), numbers).map { ("\($0.kind) \($0.access)", $1) },
      uniquingKeysWith: { one, other in one == other ? one : nil })
  }

  @Test("Finds a field at the kernel's offset")
  func moved() throws {
    #expect(try Self.numbers("moved") == ["fieldByteOffset 0:0": 20, "fieldByteOffset 0:1": 8])
    #expect(
      try Self.numbers("inside")
        == ["fieldByteOffset 0:0": 24, "fieldByteOffset 0:1:0": 16, "fieldByteOffset 0:1:1:0": 8])
  }

  @Test("Finds elements of nested arrays and behind pointers")
  func arrays() throws {
    // In the target, struct element has 16 bytes, and struct arrays 8 + 48 + 28 + 48 and 4 of padding. The compiler
    // indexes within a row itself.
    let arrays = try Self.numbers("arrays")
    #expect(
      arrays == [
        "fieldByteOffset 0:0:3": 68, "fieldByteOffset 0:1:2:1": 52,
        "fieldByteOffset 0:2:1": 108, "fieldByteOffset 2:0:0": 328,
      ])
    let beyond = try Self.relocate("beyond")
    #expect(beyond.numbers == [nil])
    #expect(
      beyond.unresolved.first?.explanation
        == "the field struct arrays.list[7] (0:0:7 @ offset 28): index 7 is not among the 7 in the kernel's BTF"
    )
  }

  @Test("Loading an array itself ignores its length")
  func arrayItself() throws {
    #expect(try Self.relocate("array_itself").numbers == [56])
  }

  @Test("A flexible array member has elements")
  func flexible() throws {
    #expect(try Self.relocate("flexible").numbers == [12 + 24])
    #expect(try Self.relocate("stiff").numbers == [8 + 12])
  }

  @Test("Bit-fields: returns the load that contains the field, and the shifts that isolate it")
  func bitFields() throws {
    // Bits 30 to 50 of the second 8 bytes.
    let expected: [String: Int64?] = [
      "fieldByteOffset 0:1": 8, "fieldByteSize 0:1": 8, "fieldIsSigned 0:1": 0, "fieldLeftShift 0:1": 14,
      "fieldRightShift 0:1": 44,
    ]
    #expect(try Self.numbers("bits") == expected)
    #expect(try Self.numbers("sign") == ["fieldIsSigned 0:2": 1, "fieldIsSigned 0:3": 1])
    #expect(
      try Self.numbers("whole") == [
        "fieldByteOffset 0:3": 24, "fieldByteSize 0:3": 8, "fieldLeftShift 0:3": 0, "fieldRightShift 0:3": 0,
      ])
  }

  @Test("On big-endian machines, bit offsets count from the other end")
  func bigEndian() throws {
    let (local, target) = try (BTFTypes(Self.local.get().swapped), BTFTypes(Self.target.get().swapped))
    #expect(local.isByteSwapped && target.isByteSwapped)
    var relocator = CORERelocator(local: local, target: target)
    let fixture = try Self.local.get()
    let numbers = try fixture.relocated("bits", by: &relocator).numbers
    let relocations = try #require(fixture.relocations["bits"])
    #expect(zip(relocations, numbers).first { $0.0.kind == .fieldLeftShift }?.1 == 30)
    #expect(zip(relocations, numbers).first { $0.0.kind == .fieldRightShift }?.1 == 44)
  }

  @Test("Determines whether a field exists")
  func exists() throws {
    #expect(
      try Self.numbers("exists") == [
        "fieldExists 0:0": 1, "fieldExists 0:1": 0, "fieldExists 0:2": 0, "fieldExists 0:3": 0,
        "fieldExists 0:4:0": 1,
      ])
    #expect(
      try Self.numbers("kinds") == [
        "fieldExists 0:0": 1, "fieldExists 0:1": 0, "fieldExists 0:2": 1, "fieldExists 0:3": 1,
        "fieldExists 0:4": 1, "fieldExists 0:5": 1, "fieldExists 0:6": 1,
      ])
  }

  @Test(
    "Repeated relocations have the same result in another program",
    arguments: ["moved", "exists", "gone"])
  func again(section: String) throws {
    let (local, target) = (try Self.local.get(), try Self.target.get())
    var relocator = CORERelocator(local: local.types, target: target.types)
    let first = try local.relocated(section, by: &relocator)
    // The function begins three instructions later, as in another program.
    let shift = 3
    let nothing = Instruction(opcode: 0xb7)
    var instructions = [Instruction](repeating: nothing, count: shift) + (local.instructions[section] ?? [])
    let moved = (local.relocations[section] ?? []).map { relocation in
      var relocation = relocation
      relocation.instruction += shift
      return relocation
    }
    let unresolved = try relocator.apply(moved, to: &instructions)
    #expect(Array(instructions.dropFirst(shift)) == first.instructions)
    #expect(instructions.prefix(shift).allSatisfy { $0 == nothing })
    #expect(
      unresolved.map(\.relocation.instruction) == first.unresolved.map { $0.relocation.instruction + shift })
    #expect(unresolved.map(\.explanation) == first.unresolved.map(\.explanation))
    #expect(unresolved.map(\.description) == first.unresolved.map(\.description))
  }

  @Test("A missing field poisons only its instruction, with an explanation")
  func gone() throws {
    let gone = try Self.relocate("gone")
    #expect(gone.numbers == [0, nil])
    let unresolved = try #require(gone.unresolved.first)
    #expect(gone.unresolved.count == 1)
    #expect(
      gone.instructions[unresolved.relocation.instruction]
        == Instruction(opcode: 0x85, immediate: 195_896_080))
    #expect(unresolved.description == "<byte_off> struct exists.gone (0:1 @ offset 4)")
    #expect(
      unresolved.explanation
        == "the field struct exists.gone (0:1 @ offset 4): it is not in the kernel's BTF")
    #expect(
      try Self.relocate("other").unresolved.first?.explanation
        == "the field struct exists.other (0:2 @ offset 8): in the kernel's BTF it is a pointer, "
        + "which cannot be read as int")
    let absent = try Self.relocate("absent")
    #expect(absent.numbers.count(where: { $0 == 0 }) == 1 && absent.unresolved.count == 1)
    #expect(
      absent.unresolved.first?.explanation
        == "the field struct absent.field (0:0 @ offset 0): there is no such type in the kernel's BTF")
    #expect(try Self.relocate("no_size").numbers == [nil])
  }

  @Test("Resizes loads and stores of unsigned numbers")
  func sizes() throws {
    let wider = try Self.relocate("wider")
    #expect(wider.numbers == [8])
    #expect(wider.instructions.contains { $0.opcode == 0x79 && $0.offset == 8 })
    let narrower = try Self.relocate("narrower")
    #expect(narrower.numbers == [16])
    #expect(narrower.instructions.contains { $0.opcode == 0x69 && $0.offset == 16 })
    let store = try Self.relocate("store")
    #expect(store.numbers == [16])
    #expect(store.instructions.contains { [0x6a, 0x6b].contains($0.opcode) && $0.offset == 16 })
  }

  @Test("Poisons a load that cannot be resized")
  func wrongSizes() throws {
    let sign = try Self.relocate("sizes_sign")
    #expect(sign.numbers == [nil])
    #expect(
      sign.unresolved.first?.explanation.contains("its size is 8 in the kernel's BTF and 4 in the") == true)
    let odd = try Self.relocate("odd")
    #expect(odd.numbers == [nil])
    #expect(
      odd.unresolved.first?.explanation
        == "the field struct sizes.odd (0:3 @ offset 20): in the kernel's BTF it is a nameless struct, "
        + "which cannot be read as u32")
  }

  @Test("Rejects an offset that does not fit into the instruction")
  func far() throws {
    let far = try Self.relocate("far")
    #expect(far.numbers == [nil])
    #expect(
      far.unresolved.first?.explanation.hasSuffix(
        "its value in the kernel's BTF, 40000, does not fit into the instruction") == true)
    #expect(try Self.relocate("far_number").numbers == [40000])
  }
}
