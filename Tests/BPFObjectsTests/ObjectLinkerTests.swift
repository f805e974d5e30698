//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFObjects
import BPFSyscall
import BTF
import KernelFixtures
import SystemPackage
import Testing

@Suite("Static linking of objects", .sources)
struct ObjectLinkerTests {
  /// Links objects, each with a name.
  private func link(_ objects: [(name: String, bytes: [UInt8])]) throws(BPFError) -> [UInt8] {
    var linker = ObjectLinker()
    for object in objects { try linker.add(bytes: object.bytes, name: object.name) }
    return try linker.linked()
  }

  /// Returns the two objects of the fixtures that use each other's functions, maps and variables.
  private func pair() throws -> [(name: String, bytes: [UInt8])] {
    try ["linked_first", "linked_second"].map { ($0, try ObjectFixture.bytes($0)) }
  }

  private func compile(_ source: String) throws -> [UInt8] {
    try withTemporaryDirectory { folder in
      let object = folder.appending("source.bpf.o")
      try Toolchain.compile(source, to: object)
      return try KernelFile.bytes(of: object)
    }
  }

  /// Runs the programs of the pair, and compares what they return and store.
  private func expectToWork(_ file: ObjectFile) throws {
    var file = file
    file.maps["points"]?.maxEntries = 2
    let object = try file.load()
    let packet = [UInt8](repeating: 0, count: 64)
    // The definitions that are not weak count: 5 + 2 + 30.
    #expect(try object.program("first").run(data: packet).returnValue == 37)
    // 100 + 3 * 10 + 7 * 2
    #expect(try object.variable("total", as: UInt64.self) == 144)
    // The other object's static variable was 20, and its static function has added 2 to it.
    #expect(try object.program("second").run(data: packet).returnValue == 44)
    let point = try #require(try object.map("points").lookup([1, 0, 0, 0]))
    #expect(point[0] == 6)
  }

  @Test("Functions, maps and variables of one object serve the other", .kernel, arguments: [false, true])
  func pairs(isReversed: Bool) throws {
    let objects = try pair()
    let file = try ObjectFile(bytes: link(isReversed ? objects.reversed() : objects), name: "pair")
    #expect(file.programs.names.sorted() == ["first", "second"])
    #expect(file.license == "GPL")
    try expectToWork(file)
  }

  @Test("Equal types become one, and each record keeps its function and its line")
  func types() throws {
    let file = try ObjectFile(bytes: link(pair()), name: "pair")
    let types = try #require(file.types)
    for (kind, name) in [
      (BTFKind.structure, "point"), (.int, "int"), (.structure, "xdp_md"), (.typedef, "__u32"),
    ] {
      #expect(types.ids(of: kind).count { types[$0]?.name == name } == 1, "\(name)")
    }
    // Two static functions share a name; each global one is there once.
    let functions = types.ids(of: .function).compactMap { types[$0] }
    #expect(functions.count { $0.name == "twice" } == 2)
    for name in ["first", "second", "scale", "weigh"] {
      #expect(functions.filter { $0.name == name }.map(\.linkage) == [.global], "\(name)")
    }
    for section in file.code {
      for record in section.functionInfo {
        let start = section.functions.first { $0.range.lowerBound == record.instruction }
        // A weak function that another one replaces has no symbol.
        if let start { #expect(types[record.typeID]?.name == start.name) }
      }
      #expect(!section.lineInfo.isEmpty)
      for line in section.lineInfo {
        #expect(types.name(at: line.fileNameOffset)?.contains("linked_") == true)
      }
    }
  }

  @Test("bpftool reads the object, and its own has the same parts", .bpftool)
  func bpftool() throws {
    try withTemporaryDirectory { folder in
      for (name, bytes) in try pair() { try write(bytes, to: folder.appending("\(name).o")) }
      let paths = ["linked_first.o", "linked_second.o"].map { folder.appending($0).string }
      let theirs = folder.appending("theirs.o")
      _ = try Bpftool.text("gen", "object", theirs.string, paths[0], paths[1])
      let ours = folder.appending("ours.o")
      var linker = ObjectLinker()
      for path in paths { try linker.add(FilePath(path)) }
      try write(linker.linked(), to: ours)

      let (file, other) = (try ObjectFile(ours), try ObjectFile(theirs))
      #expect(file.programs.names == other.programs.names)
      #expect(file.maps.names.sorted() == other.maps.names.sorted())
      // bpftool leaves this variable at the offset of the replaced definition, whose value is 1.
      #expect(try file.variable("weak_limit", as: Int32.self) == 30)
      func others(_ file: ObjectFile) -> [String] {
        file.variables.filter { $0.name != "weak_limit" }.map(describe)
      }
      #expect(others(file) == others(other))
      for program in file.programs {
        let (one, two) = (try file.linked(program.name), try other.linked(program.name))
        #expect(one.instructions == two.instructions, "\(program.name)")
      }
      #expect(try Bpftool.text("btf", "dump", "file", ours.string).contains("DATASEC '.maps'"))
      try expectToWork(other)
      // The result is linked again.
      var again = ObjectLinker()
      try again.add(ours)
      try expectToWork(ObjectFile(bytes: again.linked(), name: "again"))
    }
  }

  /// Returns what two objects have in common in a variable: all but the id of its type.
  private func describe(_ variable: VariableDefinition) -> String {
    "\(variable.name) \(variable.mapName) \(variable.offset) \(variable.size) \(variable.isReadOnly) \(variable.isStatic) "
      + "\(variable.isWeak) \(variable.isHidden) \(variable.type?.name ?? "")"
  }

  private func write(_ bytes: [UInt8], to path: FilePath) throws {
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(bytes) }
  }

  @Test(
    "An object linked by itself has the same programs, maps and variables",
    arguments: [
      "arena", "callbacks", "core", "core_enums", "core_fields", "counter", "declarations", "externs",
      "functions", "globals",
      "inner_maps", "kconfig", "kfuncs", "ksyms", "operations", "programs_in_maps", "struct_ops",
      "subprograms",
      "timers", "variables", "zeroed_sections",
    ])
  func alone(name: String) throws {
    let bytes = try ObjectFixture.bytes(name)
    let before = try ObjectFile(bytes: bytes, name: name)
    let after = try ObjectFile(bytes: link([(name, bytes)]), name: name)
    #expect(after.programs.names == before.programs.names)
    #expect(after.maps.names == before.maps.names)
    #expect(after.externs.names == before.externs.names)
    for (map, other) in zip(after.maps, before.maps) {
      #expect(map.contents == other.contents && map.type == other.type && map.valueSize == other.valueSize)
    }
    #expect(after.variables.map(describe) == before.variables.map(describe))
    for program in before.programs {
      let (one, two) = (try after.linked(program.name), try before.linked(program.name))
      #expect(one.instructions == two.instructions, "\(program.name)")
      #expect(one.lineInfo.map(\.line) == two.lineInfo.map(\.line), "\(program.name)")
    }
  }

  @Test(
    "Errors name what two objects define or declare differently",
    arguments: [
      ("int f(void) { return 1; }", "int f(void) { return 2; }", "'f' is defined by 'one' and 'two'"),
      ("int v = 1;", "int v = 2;", "'v' is defined by 'one' and 'two'"),
      ("int v = 1;", "extern long v; long g(void) { return v; }", "it has 8 bytes, not 4"),
      (
        "int f(int a) { return a; }", "extern int f(int, int); int g(void) { return f(1, 2); }",
        "2 parameters, not 1"
      ),
      (
        "int f(int a) { return a; }", "extern int f; int g(void) { return f; }", "another kind: var, not func"
      ),
      (
        "char a[] __attribute__((section(\"license\"))) = \"GPL\";",
        "char a[] __attribute__((section(\"license\"))) = \"MIT\";", "section 'license' of 'two' differs"
      ),
    ])
  func conflicts(one: String, two: String, message: String) throws {
    let objects = [("one", try compile(one)), ("two", try compile(two))]
    let error = #expect(throws: BPFError.self) { try link(objects) }
    #expect(error?.operation == .linkObjects)
    #expect(error?.explanation.contains(message) == true, "\(error.debugDescription)")
  }

  @Test("A map that is declared differently is named, with its differences")
  func maps() throws {
    func map(_ keyword: String, _ entries: Int, _ value: String) -> String {
      """
      \(keyword) struct { int (*type)[1]; int (*max_entries)[\(entries)]; unsigned *key; \(value) *value; } hits
        __attribute__((section(".maps")));
      void *use_\(entries)(void) { return &hits; }
      """
    }
    let defined = ("one", try compile(map("", 8, "long")))
    _ = try link([defined, ("two", compile(map("extern", 8, "long").replacing("use_8", with: "use")))])
    let error = #expect(throws: BPFError.self) {
      try link([defined, ("two", compile(map("extern", 9, "int")))])
    }
    #expect(error?.code == .typeMismatch)
    #expect(
      error?.explanation
        == "the map 'hits' of 'two' differs from that of the objects before in max_entries, value")
  }

  @Test("Objects with static licenses link to one whose types the kernel accepts", .kernel)
  func staticLicenses() throws {
    func source(_ name: String) -> String {
      """
      __attribute__((section("xdp"), used)) int \(name)(void *c) { return 2; }
      static const char terms[] __attribute__((section("license"), used)) = "GPL";
      """
    }
    let linked = try link([("one", compile(source("first"))), ("two", compile(source("second")))])
    let object = try ObjectFile(bytes: linked, name: "licenses").load()
    #expect(object.programs.names.sorted() == ["first", "second"] && object.warnings.isEmpty)
  }

  @Test("A declaration that no object defines remains, and loading names it")
  func undefined() throws {
    let source = """
      extern int nowhere(int);
      __attribute__((section("xdp"), used)) int p(void *c) { return nowhere(1); }
      """
    let linked = try link([("one", compile(source))])
    let error = #expect(throws: BPFError.self) { try ObjectFile(bytes: linked, name: "one") }
    #expect(error?.explanation.contains("'nowhere' is defined nowhere") == true)
  }

  @Test("Bad input is refused: no objects, no types, the other byte order, damage")
  func refusals() throws {
    #expect(throws: BPFError.self) { try ObjectLinker().linked() }
    var linker = ObjectLinker()
    let missing = #expect(throws: BPFError.self) { try linker.add("/no/such/object.o") }
    #expect(missing?.code == .notFound && missing?.path == "/no/such/object.o")
    let swapped = try ObjectFixture.bytes("counter", target: "bpfeb")
    let order = #expect(throws: BPFError.self) { try link([("swapped", swapped)]) }
    #expect(order?.code == .unsupported && order?.explanation.contains("byte order") == true)
    let bytes = try ObjectFixture.bytes("linked_first")
    for end in stride(from: 0, to: bytes.count, by: 97) {
      #expect(throws: BPFError.self) { try link([("cut", Array(bytes.prefix(end)))]) }
    }
    // Bytes damaged in turn: it links or throws, and never traps.
    let other = ("whole", try ObjectFixture.bytes("linked_second"))
    for index in stride(from: 0, to: bytes.count, by: 13) {
      var damaged = bytes
      damaged[index] ^= 0xff
      _ = try? link([("damaged", damaged), other])
      _ = try? link([other, ("damaged", damaged)])
    }
  }
}
