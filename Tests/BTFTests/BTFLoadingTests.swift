//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//
import BPFSyscall
import BTF
import KernelFixtures
import Testing

/// Loads types into the kernel and reads them back.
@Suite("Loading BTF", .bpftool, .serialized)
struct BTFLoadingTests {
  /// A type of every kind, or what replaces it where the running kernel lacks the kind.
  private static func everything() throws -> BTFBuilder {
    var builder = BTFBuilderTests.everything
    builder.sanitize(for: try .running())
    return builder
  }

  @Test("Every kind loads and reads back unchanged")
  func everything() throws {
    let everything = try Self.everything()
    let handle = try everything.types().load()
    let back = try BTFTypes(id: handle.id)
    #expect(BTFBuilder(copying: back).definitions == everything.definitions)
    #expect(try BTFBuilder(copying: handle.types()).definitions == everything.definitions)
    #expect(handle.name.isEmpty)
    let again = try BTFHandle(id: handle.id)
    #expect(again.id == handle.id)
    #expect(again.withFileDescriptor(\.rawValue) != handle.withFileDescriptor(\.rawValue))
    #expect(try BTFHandle.ids().contains(handle.id))
  }

  @Test("Types read back from kernels without names of BTF objects", arguments: [(4, 18), (5, 10)])
  func older(major: Int32, minor: Int32) async throws {
    let definitions = try await OlderKernel.run(major, minor) {
      var builder = BTFBuilder()
      builder.add("int", .int(byteCount: 4, .init(isSigned: true, bitCount: 32)))
      let handle = try builder.types().load()
      #expect(handle.name.isEmpty)
      return try BTFBuilder(copying: BTFTypes(id: handle.id)).definitions.map(\.name)
    }
    #expect(definitions == ["int"])
  }

  @Test("An empty section is replaced for kernels before 5.12")
  func emptySection() async throws {
    try await OlderKernel.run(5, 11) {
      var builder = BTFBuilder()
      builder.add("int", .int(byteCount: 4, .init(isSigned: true, bitCount: 32)))
      builder.add(".rodata", .dataSection(byteCount: 12, variables: []))
      #expect(throws: BPFError.self) { try builder.types().load() }
      try builder.sanitize(for: .running())
      let back = try builder.types().load().types()
      #expect(back.find(.structure, named: "_rodata")?.byteCount == 12)
    }
  }

  @Test("bpftool shows the loaded types")
  func bpftool() throws {
    let types = try Self.everything().types()
    let handle = try types.load()
    let dump = try Bpftool.text("btf", "dump", "id", "\(handle.id)")
    let ours = (1..<types.endID).flatMap { types[$0]?.rawLines ?? [] }
    #expect(dump.split(separator: "\n").map(String.init) == ours)
  }

  @Test("Releasing the handle closes the descriptor and frees the object")
  func lifetime() throws {
    var handle: BTFHandle? = try Self.everything().types().load()
    let id = try #require(handle?.id)
    handle = nil
    // The kernel frees the object a moment later.
    for _ in 0..<200 {
      guard try BTFHandle.ids().contains(id) else { break }
      try #require(try Command.run("sleep", ["0.01"]).status == 0)
    }
    let error = #expect(throws: BPFError.self) { () throws in try BTFHandle(id: id) }
    #expect(error?.code == .notFound)
  }

  // Older kernels list no BTF of their own.
  @Test("The kernel's types open by id and have a name", .kernel(since: "5.11"))
  func kernel() throws {
    let first = try BTFHandle.ids().lazy.map { id throws in try BTFHandle(id: id) }.first {
      $0.name == "vmlinux"
    }
    let handle = try #require(first)
    #expect(try handle.types().find(.structure, named: "task_struct") != nil)
  }

  @Test("A rejection's explanation ends with the reason from the kernel's log")
  func log() throws {
    var builder = try Self.everything()
    let bad = builder.add("bad", .structure(byteCount: 2, members: [.init("int", type: 1, bitOffset: 0)]))
    let error = #expect(throws: BPFError.self) { () throws in try builder.types().load() }
    #expect(error?.code == .malformed && error?.errno == .invalidArgument && error?.operation == .load)
    #expect(
      error?.explanation.contains("[\(bad)] STRUCT bad size=2 vlen=1") == true, "\(error?.explanation ?? "")")
    #expect(error?.explanation.contains("Member exceeds struct_size") == true)
    // More log than is shown, and more than the first buffer holds.
    for count in 0..<3000 { builder.add("type_with_a_rather_long_name_\(count)", .typedef(1)) }
    builder.add("worse", .structure(byteCount: 2, members: [.init("int", type: 1, bitOffset: 0)]))
    try builder.update(bad) { $0.shape = .typedef(1) }
    let long = #expect(throws: BPFError.self) { () throws in try builder.types().load() }
    #expect(long?.explanation.contains("worse") == true)
    #expect((long?.explanation.utf8.count ?? 0) < 5000)
  }

  @Test("Empty data and invalid BTF are rejected")
  func noBTF() {
    for bytes in [[], [1], [UInt8](repeating: 0, count: 100)] as [[UInt8]] {
      let error = #expect(throws: BPFError.self) { () throws in try BTFHandle.load(bytes) }
      #expect(error?.errno != nil && error?.operation == .load)
    }
  }

  // `KernelTableTests` compares each feature with its release, on older kernels too.
  @Test("The kernel has every feature", .kernel(since: "6.9"))
  func features() throws {
    #expect(try BTFFeatures.running() == .all)
  }

  @Test(
    "Sanitized types load with the same ids",
    arguments: [
      [], .functions, [.functions, .dataSections],
      .all.subtracting(.globalFunctions), .all.subtracting(.floats), .all.subtracting(.declarationTags),
      .all.subtracting(.typeTags), .all.subtracting(.enumerations64), .all,
    ] as [BTFFeatures])
  func sanitized(asked: BTFFeatures) throws {
    let features = try asked.intersection(.running())
    var builder = BTFBuilderTests.everything
    builder.sanitize(for: features)
    #expect(builder.endID == BTFBuilderTests.everything.endID)
    #expect(
      (builder.definitions == BTFBuilderTests.everything.definitions)
        == features.union(.questionMarks).isSuperset(of: .all))
    let kinds = Set(builder.definitions.map(\.shape.kind))
    #expect(features.contains(.functions) || kinds.isDisjoint(with: [.function, .functionPrototype]))
    #expect(features.contains(.dataSections) || kinds.isDisjoint(with: [.variable, .dataSection]))
    #expect(features.contains(.floats) || !kinds.contains(.float))
    #expect(features.contains(.declarationTags) || !kinds.contains(.declarationTag))
    #expect(features.contains(.typeTags) || !kinds.contains(.typeTag))
    #expect(features.contains(.enumerations64) || !kinds.contains(.enumeration64))
    let handle = try builder.types().load()
    let back = try BTFTypes(id: handle.id)
    for name in ["event", "both", "sign", "s32"] {
      #expect(
        back.all(named: name).map(\.id) == (try BTFBuilderTests.everything.types()).all(named: name).map(\.id)
      )
    }
    #expect(back.all(named: "double").first?.byteCount == 8)
    #expect(back.all(named: "large").first?.byteCount == 8)
  }

  @Test("A compiled program's types load after their sections are laid out")
  func compiled() throws {
    try ValueFormatTests.withMap("plain_values") { map, type in
      var builder = BTFBuilder(copying: type.types)
      let function = try #require(type.types.find(.function, named: "program")).id
      try builder.setLinkage(.static, of: function)
      let handle = try builder.types().load()
      #expect(try handle.types()[function]?.linkage == .static)
      builder.sanitize(for: [])
      #expect(try builder.types().load().types()[type.id]?.definition == type.definition)
    }
  }
}
