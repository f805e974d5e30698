//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFMaps
import BPFObjects
import BPFSyscall
import Testing

@Suite("Global variables in object files", .sources, .notEmulated(.asksNoKernel))
struct VariableTests {
  @Test("Each section of variables is a map")
  func maps() throws {
    let file = try ObjectFixture.object("variables")
    let kinds = Dictionary(uniqueKeysWithValues: file.maps.map { ($0.name, $0.kind) })
    #expect(
      kinds == [
        ".data": .data, ".data.hidden": .data, ".data.special": .data, ".bss": .zeroed,
        ".bss.cleared": .zeroed, ".rodata": .readOnlyData, ".rodata.fixed": .readOnlyData,
        ".rodata.str1.1": .readOnlyData,
      ])
    for map in file.maps {
      #expect(map.type == .array && map.keySize == 4 && map.maxEntries == 1 && map.keyTypeID == 0)
      #expect(map.flags.contains(.readOnlyProgram) == (map.kind == .readOnlyData))
      // Maps are mappable unless their variables are hidden or have no BTF.
      let isMapped = ![".data.hidden", ".rodata.str1.1"].contains(map.name)
      #expect(map.flags.contains(.mmapable) == isMapped, "\(map.name)")
      #expect(map.contents.count == (map.kind == .zeroed ? 0 : map.valueSize))
      #expect(map.name == ".rodata.str1.1" || file.types?[map.valueTypeID]?.name == map.name)
    }
    #expect(file.maps[".rodata.str1.1"]?.contents == Array("own %d\0".utf8))
  }

  @Test("Kernel names of maps begin with the object's name, as with libbpf")
  func names() throws {
    let bytes = try ObjectFixture.bytes("variables")
    func names(_ object: String) throws -> [String: String] {
      let file = try ObjectFile(bytes: bytes, name: object)
      return Dictionary(uniqueKeysWithValues: file.maps.map { ($0.name, file.kernelName(of: $0)) })
    }
    let short = try names("short")
    #expect(short[".bss"] == "short.bss" && short[".rodata"] == "short.rodata")
    #expect(short[".data.special"] == ".data.special" && short[".rodata.str1.1"] == ".rodata.str1.1")
    let long = try names("very-long-object-name")
    #expect(long[".bss"] == "very_lon.bss" && long[".data"] == "very_lon.data")
    #expect(long[".rodata"] == "very_lon.rodata")
    let externs = try ObjectFixture.object("externs")
    #expect(externs.maps[".kconfig"].map(externs.kernelName) == "externs.kconfig")
  }

  @Test("Reads variables with their offset, type and value", arguments: ["bpfel", "bpfeb"])
  func variables(target: String) throws {
    let file = try ObjectFixture.object("variables", target: target)
    func number(_ name: String) throws -> UInt64 {
      let bytes = try file.variableBytes(name)
      return (file.isByteSwapped ? bytes : bytes.reversed()).reduce(0) { $0 << 8 | UInt64($1) }
    }
    let values = [
      "threshold": 7, "own_constant": 9, "limit": 0x1122_3344_5566_7788, "own": 3, "weak": 4, "hidden": 5,
      "zero": 0, "own_zero": 0, "special": 6, "cleared": 0, "fixed": 8, "use.calls": 0,
    ]
    for (name, value) in values { #expect(try number(name) == UInt64(value), "\(name)") }
    #expect(try file.variableBytes("levels") == [1, 2, 3, 4])
    #expect(try file.variableBytes("zeros") == [UInt8](repeating: 0, count: 80))
    #expect(Set(file.variables.names) == Set(values.keys).union(["levels", "zeros", "pair"]))

    let pair = try #require(file.variables["pair"])
    #expect(pair.mapName == ".data" && pair.size == 16 && pair.type?.members.count == 2 && !pair.isStatic)
    let levels = try #require(file.variables["levels"])
    #expect(levels.isReadOnly && levels.size == 4 && levels.mapName == ".rodata")
    #expect(file.variables["own"]?.isStatic == true && file.variables["weak"]?.isWeak == true)
    #expect(file.variables["hidden"]?.isHidden == true && file.variables["zero"]?.isHidden == false)
  }

  @Test("Arena variables are the contents of the object's only arena")
  func arena() throws {
    let arena =
      "struct { int (*type)[33]; int (*map_flags)[1024]; int (*max_entries)[4]; } NAME SEC(\".maps\");\n"
    func source(_ arenas: String...) -> String {
      """
      #define SEC(name) __attribute__((section(name), used))
      \(arenas.map { arena.replacing("NAME", with: $0) }.joined())
      int __attribute__((address_space(1))) shared = 5;
      SEC("syscall") int use(void *context) { return shared++; }
      """
    }
    var file = try ObjectFixture.object(source: source("region"))
    #expect(file.maps.names == ["region"] && file.maps["region"]?.contents == UInt32(5).bytes)
    #expect(file.variables["shared"]?.mapName == "region")
    #expect(try file.linked("use").references.first?.reference == .mapValue("region", offset: 0))
    try file.setVariable("shared", to: UInt32(6))
    #expect(file.maps["region"]?.contents == UInt32(6).bytes)
    for wrong in [source(), source("one", "two")] {
      let error = #expect(throws: BPFError.self) { try ObjectFixture.object(source: wrong) }
      #expect(error?.code == .malformed && error?.explanation.contains("there must be one") == true)
    }
  }

  @Test("Sets a value in its map's contents if the size matches")
  func setting() throws {
    var file = try ObjectFixture.object("variables")
    try file.setVariable("threshold", to: UInt32(5))
    #expect(try file.variable("threshold", as: UInt32.self) == 5)
    #expect(try file.variable("own_constant") as UInt32 == 9)
    try file.setVariable("levels", to: (UInt8(9), UInt8(8), UInt8(7), UInt8(6)))
    #expect(try file.variableBytes("levels") == [9, 8, 7, 6])

    // Zeroed sections have no contents until a variable is set.
    try file.setVariable("zero", to: Int32(-1))
    try file.setVariable("use.calls", toBytes: [1, 2, 3, 4])
    #expect(try file.variable("zero") as Int32 == -1)
    #expect(try file.variableBytes("zeros").allSatisfy { $0 == 0 })
    #expect(file.maps[".bss"].map { $0.contents.count <= $0.valueSize } == true)

    for body in [
      { (file: inout ObjectFile) throws -> Void in try file.setVariable("threshold", to: UInt64(5)) },
      { (file: inout ObjectFile) throws -> Void in try file.setVariable("threshold", toBytes: []) },
      { (file: inout ObjectFile) throws -> Void in _ = try file.variable("threshold", as: UInt8.self) },
    ] {
      let error = #expect(throws: BPFError.self) { try body(&file) }
      #expect(error?.code == .wrongSize && error?.explanation.contains("has 4 bytes") == true)
    }
    let missing = #expect(throws: BPFError.self) { try file.variableBytes("nothing") }
    #expect(missing?.code == .notFound && missing?.explanation.contains("'threshold'") == true)
    file.maps[".rodata"] = nil
    let removed = #expect(throws: BPFError.self) { try file.variableBytes("threshold") }
    #expect(removed?.code == .notFound && removed?.mapName == ".rodata")
  }

  @Test("Rejects numbers, but not bytes, of an object in the other byte order")
  func byteOrder() throws {
    var file = try ObjectFixture.object("variables", target: 1.bigEndian == 1 ? "bpfel" : "bpfeb")
    let error = #expect(throws: BPFError.self) { try file.setVariable("threshold", to: UInt32(5)) }
    #expect(error?.code == .unsupported)
    try file.setVariable("threshold", toBytes: [0, 0, 0, 5])
    #expect(try file.variableBytes("threshold") == [0, 0, 0, 5])
  }

  @Test("Instructions refer to offsets in the maps")
  func references() throws {
    let file = try ObjectFixture.object("variables")
    let references = try file.linked("use").references.map(\.reference)
    func reference(_ name: String) throws -> Reference {
      let variable = try #require(file.variables[name])
      return .mapValue(variable.mapName, offset: UInt32(variable.offset))
    }
    for name in ["threshold", "own_constant", "own", "hidden", "use.calls", "cleared", "fixed", "special"] {
      #expect(try references.contains(reference(name)), "\(name)")
    }
    #expect(references.contains(.mapValue(".rodata.str1.1", offset: 0)))
    // The offset may be past the start of a variable.
    let (pair, zeros) = (try #require(file.variables["pair"]), try #require(file.variables["zeros"]))
    #expect(
      references.contains(.mapValue(".data", offset: UInt32(pair.offset)))
        || references.contains(.mapValue(".data", offset: UInt32(pair.offset + 8))))
    #expect(
      references.contains { reference in
        guard case .mapValue(".bss", let offset) = reference else { return false }
        return (zeros.offset..<zeros.offset + zeros.size).contains(Int(offset))
      })
  }
}
