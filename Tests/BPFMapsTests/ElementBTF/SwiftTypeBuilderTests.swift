//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BTF
import CKernelFixtures
import Testing

@testable import BPFMaps

/// Tests the BTF of Swift types, without the kernel.
@Suite("BTF of Swift types")
struct SwiftTypeBuilderTests {
  struct Pair<First: BitwiseCopyable, Second: BitwiseCopyable>: BitwiseCopyable {
    var first: First
    var second: Second
  }
  struct Port: RawRepresentable, BitwiseCopyable { var rawValue: UInt16 }
  struct Endpoint: BitwiseCopyable {
    var address: IPv4Address
    @BigEndian var port: UInt16
    var isOpen: Bool
  }
  struct bpf_timer: BitwiseCopyable { var opaque: (UInt64, UInt64) }
  struct Gaps: BitwiseCopyable { var byte: UInt8, number: Int64, tail: TypeBytesTests.Tail, last: Int8 }
  struct Names: BitwiseCopyable { var `größe`: UInt8, text: InlineArray<8, CChar>, pair: (UInt8, UInt32) }
  struct Vectors: BitwiseCopyable { var vector: SIMD4<Float>, words: CStorage<3, UInt32>, real: Double }
  struct Nothing: BitwiseCopyable { var nothing: Void, number: UInt32, other: UInt32 }

  /// Returns the type that stands for a Swift type, of the size that it has in a map.
  static func type<T>(
    _ type: T.Type, byteCount: Int = MemoryLayout<T>.stride, _ source: FieldSource = .preferred
  ) throws -> BTFType {
    var types = SwiftTypeBuilder(fields: source)
    let id = types.add(type, byteCount: byteCount)
    return try #require(types.builder.types()[id])
  }

  /// The members of a structure as text, such as `pid: unsigned int at 4`.
  static func members(_ type: BTFType) -> [String] {
    type.members.map { "\($0.name): \(text($0.type)) at \($0.byteOffset)" }
  }

  private static func text(_ type: BTFType) -> String {
    if type.kind == .array, let element = type.target { return "\(text(element))[\(type.elementCount)]" }
    return type.name.isEmpty ? "\(type.kind)" : type.name
  }

  @Test(
    "Numbers are those of C",
    arguments: [
      (UInt8.self, "unsigned char"), (Int16.self, "short"), (UInt16.self, "unsigned short"),
      (Int32.self, "int"), (UInt32.self, "unsigned int"), (Int64.self, "long long"),
      (UInt64.self, "unsigned long long"), (Int.self, "long"), (UInt.self, "unsigned long"),
      (Int128.self, "__int128"), (UInt128.self, "unsigned __int128"), (Float16.self, "_Float16"),
      (Float.self, "float"), (Double.self, "double"), (Bool.self, "_Bool"), (CChar.self, "char"),
    ] as [(any BitwiseCopyable.Type, String)])
  func numbers(swift: any BitwiseCopyable.Type, name: String) throws {
    func open<T: BitwiseCopyable>(_ type: T.Type) throws {
      let btf = try Self.type(type)
      #expect(btf.name == name)
      #expect(btf.byteCount == MemoryLayout<T>.size)
      let isSigned = (type as? any FixedWidthInteger.Type)?.isSigned
      #expect(btf.integer?.isSigned == (T.self == Bool.self ? false : isSigned))
      #expect(btf.integer?.isBoolean == (btf.kind == .float ? nil : T.self == Bool.self))
    }
    try open(swift)
  }

  @Test("A pointer is a pointer, and other types are structures, arrays and typedefs")
  func shapes() throws {
    let pointer = try Self.type(OpaquePointer?.self)
    #expect((pointer.kind, pointer.byteCount) == (.pointer, MemoryLayout<OpaquePointer?>.size))
    let numbers = try Self.type(InlineArray<3, InlineArray<2, UInt16>>.self)
    #expect((numbers.kind, numbers.elementCount, numbers.byteCount) == (.array, 3, 12))
    // C imports arrays as tuples.
    let tuple = try Self.type((UInt32, UInt32, UInt32).self)
    #expect((tuple.kind, tuple.elementCount) == (.array, 3))
    let mixed = try Self.type((UInt8, UInt32).self)
    #expect(Self.members(mixed) == ["_0: unsigned char at 0", "_1: unsigned int at 4"])
    #expect((mixed.kind, mixed.name) == (.structure, ""))
    let port = try Self.type(Port.self)
    #expect((port.kind, port.name, port.target?.name) == (.typedef, "Port", "unsigned short"))
  }

  @Test("Structures have the names and offsets of the fields, and padding is a gap")
  func structures() throws {
    let endpoint = try Self.type(Endpoint.self)
    #expect(endpoint.name == "Endpoint")
    #expect(
      Self.members(endpoint) == ["address: IPv4Address at 0", "port: __be16 at 4", "isOpen: _Bool at 6"])
    #expect(endpoint.byteCount == 8)
    let gaps = try Self.type(Gaps.self)
    #expect(
      Self.members(gaps) == [
        "byte: unsigned char at 0", "number: long long at 8", "tail: Tail at 16", "last: char at 25",
      ])
    // Swift places the next field into the trailing padding of a nested structure.
    #expect(gaps.members.dropFirst(2).first?.type.byteCount == 9)
    #expect(try Self.type(TypeBytesTests.Tail.self).byteCount == 16)
    let flow = try Self.type(kf_gaps.self)
    #expect(flow.name == "kf_gaps")
    #expect(flow.byteCount == MemoryLayout<kf_gaps>.size)
    #expect(
      Self.members(try Self.type(Nothing.self)) == ["number: unsigned int at 0", "other: unsigned int at 4"])
  }

  @Test("Names become C identifiers")
  func names() throws {
    #expect(try Self.type(Pair<UInt32, Pair<UInt8, Bool>>.self).name == "Pair_UInt32_Pair_UInt8_Bool")
    let names = try Self.type(Names.self)
    #expect(names.members.map(\.name) == ["gr____e", "text", "pair"])
    // The kernel would manage a timer.
    let timed = try Self.type(Pair<bpf_timer, UInt32>.self)
    #expect(timed.members.map(\.type.name) == ["", "unsigned int"])
    #expect(timed.name == "Pair_bpf_timer_UInt32")
  }

  @Test("A prefix has the kernel's names, in as many bytes as the trie's key")
  func prefixes() throws {
    let prefix = try Self.type(AddressPrefix<IPv6Address>.self, byteCount: 20)
    #expect(Self.members(prefix) == ["prefixlen: unsigned int at 0", "data: IPv6Address at 4"])
    #expect((prefix.kind, prefix.byteCount) == (.structure, 20))
  }

  @Test("A type without known fields is bytes")
  func opaque() throws {
    let members = Self.members(try Self.type(Vectors.self))
    #expect(
      members == ["vector: unsigned char[16] at 0", "words: unsigned char[12] at 16", "real: double at 32"])
    let unknown = try Self.type(TypeBytesTests.Between.self, .mirror)
    #expect((unknown.kind, unknown.byteCount) == (.array, 12))
  }

  @Test(
    "The layout check accepts the BTF of each type",
    arguments: StoredFieldTests.dense + StoredFieldTests.gapped)
  func layoutCheck(swift: any BitwiseCopyable.Type) throws {
    func open<T: BitwiseCopyable>(_ type: T.Type) throws {
      guard MemoryLayout<T>.size > 0 else { return }
      let comparison = TypeComparison(swift: type, btf: try Self.type(type))
      #expect(comparison.agrees, "\(comparison.table)")
    }
    try open(swift)
    try open(Gaps.self)
    try open(Names.self)
    try open(Vectors.self)
    try open(Endpoint.self)
    try open(InlineArray<3, Names>.self)
    try open(Pair<(UInt8, UInt64), Port>.self)
  }

  @Test("The layout check finds another type's BTF")
  func otherTypes() throws {
    let btf = try Self.type(Pair<UInt32, UInt32>.self)
    #expect(!TypeComparison(swift: Pair<UInt32, Int32>.self, btf: btf).agrees)
    #expect(!TypeComparison(swift: Pair<UInt64, Port>.self, btf: btf).agrees)
    let nested = try Self.type(Pair<(UInt8, UInt64), UInt32>.self)
    #expect(!TypeComparison(swift: Pair<(UInt8, Int64), UInt32>.self, btf: nested).agrees)
  }
}
