//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFInstructions
import BPFSyscall
import BTF
import Testing

@testable import BPFObjects

/// Malicious objects and kernel types: each is rejected with a reason or handled, without a crash.
@Suite("CO-RE: hostile objects", .notEmulated(.asksNoKernel))
struct COREHostileTests {
  static let fixture = Result {
    try COREFixture(
      """
      struct inner { int first; u8 bytes[8]; };
      struct outer { int a; struct { struct inner inner; u32 low : 5; u32 high : 9; }; u64 tail[]; } core;
      enum signs { MINUS = -1, PLUS }; enum big { BIG = 1ull << 40 };
      union either { struct outer *pointer; int (*call)(struct outer *, u64); } core;
      typedef struct { struct inner list[3]; } nameless;
      program(all)(struct outer *p, union either *q) {
        return p->a + p->inner.first + p->inner.bytes[3] + p->tail[2] + field_info(p->high, 0) + field_info(p->high, 4)
          + field_info(p->high, 3) + field_info(p->low, 5) + field_info(p->low, 1) + field_info(p->a, 2)
          + (u64)q->pointer + type_info(struct outer, 0) + type_info(struct outer, 1) + type_info(struct outer, 2)
          + type_info(union either, 2) + type_info(nameless, 2) + type_id(struct outer, 0) + type_id(nameless, 1)
          + enumerator_info(enum signs, MINUS, 1) + enumerator_info(enum big, BIG, 1) + enumerator_info(enum big, BIG, 0);
      }
      """)
  }

  /// Returns the error for a relocation, or `nil`. Must not trap.
  static func refusal(
    _ access: String, _ kind: CORERelocation.Kind = .fieldByteOffset, typeID: Int? = nil, at index: Int = 0,
    in types: BTFTypes
  ) -> BPFError? {
    var relocator = CORERelocator(local: types, target: types)
    let relocation = CORERelocation(
      instruction: index, typeID: typeID ?? types.find(.structure, named: "outer")?.id ?? 0, access: access,
      kind: kind)
    _ = relocation.description(in: types)
    var refusal: BPFError?
    for opcode in [0x61, 0x18, 0x85, 0xb7] as [UInt8] {
      var instructions = [Instruction(opcode: opcode), Instruction(opcode: 0)]
      do throws(BPFError) {
        _ = try relocator.apply([relocation], to: &instructions)
        refusal = nil
      } catch {
        refusal = error
      }
    }
    return refusal
  }

  @Test(
    "Rejects invalid access strings",
    arguments: [
      "", ":", "0:", ":0", "0::1", "x", "0:x", "0:-1", "-1", "+1", "0: 1", "999:3", "0:999", "0:4294967295",
      "2147483648", "99999999999999999999", "0:0:0", "0:1:0:1:8", "0:1:0:99", "0:1:1:0",
      "0:2:2147483647:0", String(repeating: "0:", count: 70) + "0", "0\u{0}", "٠",
    ])
  func accessors(access: String) throws {
    let types = try Self.fixture.get().types
    for kind in CORERelocation.Kind.allCases {
      #expect(Self.refusal(access, kind, in: types)?.code == .malformed, "\(kind)")
    }
  }

  @Test("Gives the reason of an error")
  func reasons() throws {
    let types = try Self.fixture.get().types
    let large = try #require(types.find(.enumeration64, named: "big")).id
    func reason(
      _ access: String, _ kind: CORERelocation.Kind = .fieldByteOffset, typeID: Int? = nil, at index: Int = 0
    ) -> String {
      Self.refusal(access, kind, typeID: typeID, at: index, in: types)?.explanation ?? "none"
    }
    #expect(
      reason("0:7")
        == "<byte_off> struct outer ('0:7') at instruction 0: index 7 is not among the 3 in the object's own BTF"
    )
    #expect(reason("0:0:1").hasSuffix("int has no members or elements in the object's own BTF"))
    #expect(reason("0", .enumeratorValue).contains("struct outer is not an enumeration"))
    #expect(reason("1", .typeByteSize).contains("a type has nothing to go to but itself"))
    #expect(reason("x").contains("not a list of up to 64 indices"))
    #expect(reason("0", .typeExists, typeID: 9999).contains("the object has no type 9999"))
    #expect(reason("0", .typeExists, typeID: -1).contains("the object has no type -1"))
    #expect(reason("0", .typeExists, typeID: 0).contains("the object has no type 0"))
    #expect(reason("1", .enumeratorValue, typeID: large).contains("index 1 is not among the 1"))
    #expect(reason("0:0", at: 2).contains("there are only 2 instructions"))
    #expect(reason("0:0", at: -1).contains("there are only 2 instructions"))
    // Any element exists behind a pointer, but the instruction does not hold its number.
    #expect(reason("999:1").contains("the instruction holds 0 where the compiler's own layout says "))
  }

  @Test("Handles recursive, overly large and unsized types")
  func circles() throws {
    // struct a { struct b; struct b; int x; }, b like it with c, and so on: 2^40 paths to search.
    let names = "deep\0x\0circle\0self\0huge\0"
    var words: [UInt32] = [0, 1 << 24, 4, 32]
    for id in 2..<42 as Range<UInt32> {
      words += [id == 2 ? 1 : 0, 4 << 24 | 2, 8, 0, id + 1, 0, 0, id + 1, 32]
    }
    words += [0, 4 << 24 | 1, 4, 0, 1, 0]
    // 43: a structure that contains itself; 44: a typedef of itself; 45...49: nested arrays with an overflowing size.
    words += [8, 4 << 24 | 1, 8, 0, 43, 0, 15, 8 << 24, 44]
    for id in 45..<50 as Range<UInt32> { words += [0, 3 << 24, 0, id == 45 ? 1 : id - 1, 1, 0xffff_ffff] }
    // 50: a structure with the largest of them, and a bit-field of a type without a size.
    words += [0, 1 << 24, 0, 3]
    words += [20, 4 << 24 | 1 << 31 | 2, 8, 6, 49, 0, 6, 50, 3 << 24 | 5]
    let target = try BTFTypes(Self.object(words, names: names))
    let local = try COREFixture(
      """
      struct deep { int x; } core; struct circle { int x; } core;
      program(deep)(struct deep *p, struct circle *q) { return p->x + q->x + type_info(struct deep, 2); }
      """)
    var relocator = CORERelocator(local: local.types, target: target)
    #expect(try local.relocated("deep", by: &relocator).numbers == [nil, nil, 0])
    for id in 0..<target.endID {
      for kind in CORERelocation.Kind.allCases {
        for access in ["0", "1", "2147483647", "0:0", "0:1", "2147483647:1", "0:0:2147483647", "0:0:0:0:0:0"]
        {
          _ = Self.refusal(access, kind, typeID: id, in: target)
        }
      }
    }
  }

  static func object(_ words: [UInt32], names: String) -> [UInt8] {
    func bytes(_ word: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
    let strings = [0] + Array(names.utf8)
    let head: [UInt32] = [
      0x1eb9f, 24, 0, UInt32(words.count * 4), UInt32(words.count * 4), UInt32(strings.count),
    ]
    return (head + words).flatMap(bytes) + strings
  }

  @Test("Survives random changes of any bytes", arguments: 0..<8)
  func anything(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed) &* 0x9e37_79b9 &+ 1)
    let fixture = try Self.fixture.get()
    let (instructions, relocations) = try (
      #require(fixture.instructions["all"]), #require(fixture.relocations["all"])
    )
    func mutated(_ bytes: [UInt8]) -> BTFTypes {
      var bytes = bytes
      for _ in 0..<random.next() % 5 {
        bytes[Int(random.next() % UInt64(bytes.count - 24)) + 24] = UInt8(truncatingIfNeeded: random.next())
      }
      return (try? BTFTypes(bytes)) ?? fixture.types
    }
    var outcomes: Set<String> = []
    for _ in 0..<100 {
      let (local, target) = (mutated(fixture.btf), mutated(fixture.btf))
      var relocator = CORERelocator(local: local, target: target)
      for var relocation in relocations {
        switch random.next() % 8 {
        case 0: relocation.typeID = Int(random.next() % UInt64(local.endID + 2))
        case 1: relocation.kind = CORERelocation.Kind.allCases[Int(random.next() % 13)]
        case 2: relocation.access += ":\(random.next() % 4)"
        case 3: relocation.instruction += Int(random.next() % 5) - 2
        default: break
        }
        var patched = instructions
        do throws(BPFError) {
          outcomes.insert(try relocator.apply([relocation], to: &patched).isEmpty ? "patched" : "poisoned")
        } catch {
          outcomes.insert(error.code.rawValue)
        }
        _ = relocation.description(in: local)
      }
    }
    #expect(outcomes.isSuperset(of: ["patched", "poisoned", "malformed"]))
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
