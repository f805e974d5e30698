//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

@testable import BTF

/// Builds objects and compares them when read back by the library, the kernel and bpftool.
@Suite("Building BTF")
struct BTFBuilderTests {
  typealias Member = BTFDefinition.Member

  /// A type of each kind.
  static let everything: BTFBuilder = {
    var builder = BTFBuilder()
    let int = builder.add("int", .int(byteCount: 4, .init(isSigned: true, bitCount: 32)))
    let pointer = builder.add(.pointer(to: int))
    let array = builder.add(.array(of: int, index: int, count: 3))
    builder.add(
      "event",
      .structure(
        byteCount: 24,
        members: [
          Member("low", type: int, bitOffset: 0, bitCount: 3),
          Member("high", type: int, bitOffset: 3, bitCount: 29),
          Member("array", type: array, bitOffset: 32), Member("pointer", type: pointer, bitOffset: 128),
        ]))
    builder.add(
      "both",
      .union(
        byteCount: 8,
        members: [Member("int", type: int, bitOffset: 0), Member("pointer", type: pointer, bitOffset: 0)]
      ))
    builder.add(
      "sign", .enumeration(isSigned: true, [.init(name: "MINUS", value: -3), .init(name: "NONE", value: 0)]))
    builder.add(
      "large",
      .enumeration64(
        isSigned: true, [.init(name: "LARGE", value: 1 << 40), .init(name: "LEAST", value: -1 << 63)]))
    builder.add("elsewhere", .forward())
    builder.add("s32", .typedef(int))
    let volatile = builder.add(.volatile(int))
    builder.add(.const(volatile))
    builder.add(.restrict(pointer))
    let prototype = builder.add(
      .functionPrototype(
        result: int, parameters: [.init("context", type: pointer), .init("count", type: int)]))
    let function = builder.add("program", .function(prototype: prototype, .global))
    let first = builder.add("first", .variable(int, .global))
    let second = builder.add("second", .variable(int, .static))
    builder.add(
      ".data",
      .dataSection(
        byteCount: 8,
        variables: [.init(first, byteOffset: 0, byteCount: 4), .init(second, byteOffset: 4, byteCount: 4)]))
    builder.add("double", .float(byteCount: 8))
    builder.add("noted", .declarationTag(on: first))
    builder.add("argument", .declarationTag(on: function, component: 1))
    let note = builder.add("user", .typeTag(int))
    builder.add(.pointer(to: note))
    return builder
  }()

  @Test("A closure that changes a type may throw its own error")
  func ownErrors() throws {
    struct Stop: Error {}
    func change(_ builder: inout BTFBuilder) throws(BPFError) { try builder.update(1) { $0.name = "long" } }
    var builder = Self.everything
    try change(&builder)
    #expect(builder[1]?.name == "long")
    #expect(throws: Stop.self) {
      try builder.update(1) { (definition) throws(Stop) in
        definition.name = "kept"
        throw Stop()
      }
    }
    #expect(builder[1]?.name == "kept")
    #expect(throws: Stop.self) { try builder.updateAll { (_) throws(Stop) in throw Stop() } }
    let error = #expect(throws: BPFError.self) { try builder.update(1000) { _ in throw Stop() } }
    #expect(error?.code == .notFound)
  }

  @Test("Every kind reads back as written")
  func everyKind() throws {
    let types = try Self.everything.types()
    #expect(types.count == Self.everything.definitions.count)
    #expect((1..<types.endID).map { types[$0]?.definition } == Self.everything.definitions)
    #expect(Set(Self.everything.definitions.map(\.shape.kind)).union([.void]) == Set(BTFKind.allCases))
    #expect(BTFBuilder(copying: types).definitions == Self.everything.definitions)
    #expect(types.encoded() == (try Self.everything.encoded()))
    // Each name is stored once.
    let strings = types.bytes.copy(types.bytes.strings)
    #expect(strings.offset(of: Array("\0first\0".utf8)) != nil)
    #expect(strings.count { $0 == 0 } == Set(strings.split(separator: 0)).count + 1)
  }

  @Test("A copy of the kernel's types is equal to the original")
  func vmlinux() throws {
    let kernel = try KernelTypesTests.kernel.get()
    let copy = try BTFBuilder(copying: kernel).types()
    #expect(copy.endID == kernel.endID)
    let different = (1..<kernel.endID).filter { kernel[$0]?.definition != copy[$0]?.definition }
    #expect(different == [])
  }

  @Test("Ids and names of split BTF follow those of the base")
  func split() throws {
    let base = try Self.everything.types()
    var builder = BTFBuilder(base: base)
    let int = try #require(base.find(.int, named: "int"))
    let id = builder.add("u_int", .typedef(int.id))
    let named = builder.add("event", .structure(byteCount: 4, members: [Member("x", type: id, bitOffset: 0)]))
    let types = try builder.types()
    #expect(id == base.endID && types[id]?.name == "u_int" && types[id]?.target?.id == int.id)
    #expect(types[named]?.members.first?.name == "x" && types[named]?.byteCount == 4)
    // The base's types come first, and a split type may use a name of the base.
    #expect(types.find(.structure, named: "event")?.id == base.find(.structure, named: "event")?.id)
    #expect(types.all(named: "event").map(\.id) == (base.all(named: "event").map(\.id)) + [named])
    #expect(types.find(.typedef, named: "u_int")?.id == id && base.find(.typedef, named: "u_int") == nil)
    #expect(builder[int.id]?.name == "int" && builder[builder.endID] == nil && builder[0] == nil)
    #expect(BTFBuilder(copying: types).definitions == builder.definitions)
    let empty = try BTFBuilder(base: base).types()
    #expect(empty.endID == base.endID)
    #expect(throws: BPFError.self) { () throws in try types.load() }
  }

  @Test("An object in the other byte order is copied to native byte order")
  func swapped() throws {
    let words: [UInt32] = [
      1, MalformedBTFTests.info(.int), 4, 0x0100_0020, 0, MalformedBTFTests.info(.pointer), 1,
    ]
    let types = try BTFTypes(MalformedBTFTests.object(words, names: "int", swapped: true))
    let copy = try BTFBuilder(copying: types).types()
    #expect(types.isByteSwapped && !copy.isByteSwapped)
    #expect(copy[2]?.target?.definition == types[1]?.definition)
    #expect(try BTFTypes(types.encoded()).isByteSwapped == false)
  }

  @Test("A bit-field described by its integer is copied unchanged")
  func oldBitField() throws {
    let words: [UInt32] = [
      1, MalformedBTFTests.info(.int), 4, 0x0002_0003, 0, MalformedBTFTests.info(.structure, 1), 4, 1, 1, 8,
    ]
    let types = try BTFTypes(MalformedBTFTests.object(words, names: "int"))
    #expect(types[2]?.members.first?.bitCount == 3 && types[2]?.members.first?.bitOffset == 10)
    let copy = try BTFBuilder(copying: types).types()
    #expect(copy[2]?.members.first?.bitCount == 3 && copy[2]?.members.first?.bitOffset == 10)
    #expect(copy.bytes.copy(copy.bytes.types) == types.bytes.copy(types.bytes.types))
  }

  @Test("An invalid definition is rejected, and the error names its type")
  func refusals() {
    func refusal(_ definition: BTFDefinition) -> String {
      var builder = BTFBuilder()
      builder.add(definition)
      do throws(BPFError) {
        _ = try builder.encoded()
        return "nothing"
      } catch {
        return error.code == .invalidArgument && error.operation == .writeBTF ? error.explanation : "\(error)"
      }
    }
    #expect(
      refusal(BTFDefinition("p", .typedef(2)))
        == "type 1, typedef 'p': it refers to type 2; the last type is 1")
    #expect(refusal(BTFDefinition(.pointer(to: -1))).contains("refers to type -1"))
    #expect(refusal(BTFDefinition("a\0b", .forward())).contains("NUL"))
    #expect(refusal(BTFDefinition("f", .float(byteCount: -1))).contains("its size is -1"))
    #expect(refusal(BTFDefinition(.array(of: 1, index: 1, count: .max))).contains("number of its elements"))
    #expect(
      refusal(BTFDefinition("e", .enumeration([.init(name: "E", value: 1 << 32)]))).contains(
        "E is 4294967296"))
    #expect(
      refusal(BTFDefinition("e", .enumeration(isSigned: true, [.init(name: "E", value: 1 << 31)]))).contains(
        "2147483647"))
    #expect(
      refusal(BTFDefinition("e", .enumeration64([.init(name: "E", value: -1)]))).contains("must be 0 to"))
    let many = [Member](repeating: Member("m", type: 1, bitOffset: 0), count: 65536)
    #expect(refusal(BTFDefinition("s", .structure(byteCount: 4, members: many))).contains("65536"))
    let far = Member("m", type: 1, bitOffset: 1 << 24, bitCount: 3)
    #expect(
      refusal(BTFDefinition("s", .union(byteCount: 4, members: [far]))).contains("offset of member 'm'"))
  }

  /// This compiles only if closures that throw nothing or `BPFError` keep the call's error type.
  private static func layOutTyped(_ builder: inout BTFBuilder, _ section: Int) throws(BPFError) {
    try builder.layOutSection(section, byteCount: 24) { (_, _) throws(BPFError) in nil }
    try builder.layOutSection(section, byteCount: 24) { _, name in name == "first" ? 0 : 20 }
  }

  @Test("Changing linkages and section layouts keeps ids")
  func changes() throws {
    var builder = Self.everything
    let types = try builder.types()
    let function = try #require(types.find(.function, named: "program")).id
    let section = try #require(types.find(.dataSection, named: ".data")).id
    try builder.setLinkage(.static, of: function)
    let offsets = ["first": 16, "second": 8]
    try builder.layOutSection(section, byteCount: 20) { (_, name) throws(BPFError) in offsets[name] }
    let changed = try builder.types()
    #expect(changed[function]?.linkage == .static)
    #expect(changed[section]?.byteCount == 20)
    #expect(changed[section]?.sectionVariables.map(\.variable.name) == ["second", "first"])
    #expect(changed[section]?.sectionVariables.map(\.byteOffset) == [8, 16])
    #expect(builder.endID == Self.everything.endID)
    try Self.layOutTyped(&builder, section)
    #expect(try builder.types()[section]?.sectionVariables.map(\.byteOffset) == [0, 20])
    for wrong in [0, 1, -1, builder.endID, .max] {
      #expect(throws: BPFError.self) { () throws in try builder.setLinkage(.static, of: wrong) }
      #expect(throws: BPFError.self) { () throws in try builder.layOutSection(wrong, byteCount: 1) }
    }
  }

  @Test("An error of a section layout closure is rethrown, and changes nothing")
  func layoutWithOwnErrors() throws {
    struct Stop: Error, Equatable { var name: String }
    var builder = Self.everything
    let section = try #require(try builder.types().find(.dataSection, named: ".data")).id
    let before = builder[section]
    #expect(throws: Stop(name: "second")) {
      try builder.layOutSection(section, byteCount: 20) { _, name in
        if name == "second" { throw Stop(name: name) }
        return 4
      }
    }
    #expect(throws: Stop(name: "first")) {
      try builder.layOutSection(section, byteCount: 20) { (_, name) throws(Stop) in throw Stop(name: name) }
    }
    #expect(builder[section] == before)
    #expect(throws: BPFError.self) {
      try builder.layOutSection(0, byteCount: 20) { (_, name) throws(Stop) in throw Stop(name: name) }
    }
  }
}
