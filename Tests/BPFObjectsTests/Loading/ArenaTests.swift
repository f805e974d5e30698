//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

@Suite("Variables in arenas", .kernel, .kernel(since: "6.9"))
struct ArenaTests {
  /// `struct node` of the fixture.
  struct Node {
    var next: UInt64
    var value: UInt64
  }

  private static let sharedAddress: UInt64 = 0x5902_0000_0000

  // An unused address, also under sanitizers, which reserve most of the address space.
  private static let (address, otherAddress): (UInt64, UInt64) = (0x5900_0000_0000, 0x5901_0000_0000)

  @Test(
    "Arena variables have initial values, are shared, and pointers mean the same to programs and process",
    arguments: [nil, address])
  func variables(address: UInt64?) throws {
    var file = try ObjectFixture.object("arena", definitions: address.map { ["ADDRESS=\($0)ull"] } ?? [])
    try file.setVariable("calls", to: Int32(10))
    let object = try file.load()
    #expect(try object.variable("calls", as: Int32.self) == 10)
    #expect(try object.variable("squares", as: SIMD4<UInt64>.self) == [0, 1, 4, 9])
    let use = try #require(object.programs["use"])
    #expect(try use.run().signedReturnValue == 11 + 8)
    #expect(try object.variable("calls", as: Int32.self) == 11)
    #expect(try object.variable("own", as: Int64.self) == 8)

    try object.setVariable("own", to: Int64(100))
    try object.setVariable("squares", toBytes: [UInt64](0..<4).flatMap { ($0 * 100).bytes })
    #expect(try use.run().signedReturnValue == 12 + 101)

    // The list that the program built, read through its pointers.
    let first = try object.variable("first", as: UInt64.self)
    let values = object.withUnsafeArena("region") { memory -> [UInt64] in
      let start = UInt64(UInt(bitPattern: memory.baseAddress))
      #expect(memory.count == 16 * pageSize && (address == nil || start == address))
      var (values, next) = ([UInt64](), first)
      while next >= start, next + 16 <= start + UInt64(memory.count), values.count < 4 {
        let node = memory.load(fromByteOffset: Int(next - start), as: Node.self)
        values.append(node.value)
        next = node.next
      }
      return values
    }
    #expect(values == [305, 14])
    #expect(object.withUnsafeArena(".data") { $0.count } == nil)
  }

  @Test("An arena is mapped even without variables, and unmapped with its object")
  func plain() throws {
    var file = try ObjectFixture.object("arena", definitions: ["ADDRESS=\(Self.otherAddress)ull"])
    file.maps["region"]?.contents = []
    for _ in 0..<2 {
      let object = try file.load()
      #expect(try object.variable("calls", as: Int32.self) == 0)
      #expect(try object.programs["use"]?.run().signedReturnValue == 2)
      // Nothing else can use its address while it is mapped.
      let error = #expect(throws: BPFError.self) { try file.load() }
      #expect(error?.operation == .map && error?.errno == .fileExists)
      #expect(error?.explanation.contains("0x590100000000") == true)
      withExtendedLifetime(object) {}
    }
  }

  @Test("Rejects variables larger than the arena")
  func tooLarge() throws {
    var file = try ObjectFixture.object("arena")
    file.maps["region"]?.contents += [UInt8](repeating: 1, count: 16 * pageSize)
    let error = #expect(throws: BPFError.self) { try file.load() }
    #expect(error?.code == .wrongSize && error?.mapName == "region")
  }

  struct ListNode: BitwiseCopyable {
    var next: ArenaPointer<ListNode>
    var value: UInt64
  }

  /// The values of the list that the programs of an object build.
  private static func list(_ object: Object, _ arena: Arena) throws -> [UInt64] {
    var (values, next): ([UInt64], ArenaPointer<ListNode>)
    (values, next) = ([], ArenaPointer(address: try object.variable("first", as: UInt64.self)))
    while !next.isNull, values.count < 10 {
      let node = try arena.load(next)
      values.append(node.value)
      next = node.next
    }
    return values
  }

  @Test(
    "Two objects and this process share an existing arena, by the same pointers",
    arguments: [nil, sharedAddress])
  func existing(address: UInt64?) throws {
    let file = try ObjectFixture.object("arena", definitions: address.map { ["ADDRESS=\($0)ull"] } ?? [])
    let first = try file.load()
    let arena = try #require(first.arena("region"))
    #expect(arena.handle.id == first.maps["region"]?.id)
    #expect(first.arena(".data") == nil)
    var second = file
    try second.use(existing: arena.handle, for: "region")
    let object = try second.load()
    #expect(try first.programs["use"]?.run().signedReturnValue == 41 + 8)
    // The second object has the arena's variables and contents, not its own.
    #expect(try object.programs["use"]?.run().signedReturnValue == 42 + 9)
    #expect(try object.variable("calls", as: Int32.self) == 42)
    #expect(try Self.list(first, arena) == [14, 14])
    #expect(try Self.list(object, #require(object.arena("region"))) == [14, 14])
    #expect(object.arena("region")?.address == arena.address)
  }

  @Test("An object uses an arena that Swift created, and outlives the object that it was shared with")
  func created() throws {
    let arena = try Arena(pages: 16)
    // Allocates the first page, where the object's variables are.
    try arena.store(0, at: arena.pointer(to: UInt64.self, at: 0))
    let pointer: ArenaPointer<ListNode>
    do {
      var file = try ObjectFixture.object("arena")
      try file.use(existing: arena.handle, for: "region")
      let object = try file.load()
      // The arena is empty: the variables have no initial values.
      #expect(try object.programs["use"]?.run().signedReturnValue == 1 + 1)
      pointer = ArenaPointer(address: try object.variable("first", as: UInt64.self))
    }
    #expect(try arena.load(pointer).value == 5)
    #expect(try arena[pointer].next.isNull)
  }

  @Test("With BPF_F_SEGV_ON_FAULT, the process reads the pages that programs allocated, and no others")
  func segmented() throws {
    let arena = try Arena(pages: 16, options: MapOptions(flags: .segvOnFault))
    var file = try ObjectFixture.object("arena")
    file.maps["region"]?.flags.insert(.segvOnFault)
    let refusal = #expect(throws: BPFError.self) { try file.load() }
    #expect(refusal?.code == .unsupported && refusal?.mapName == "region")
    try file.use(existing: arena.handle, for: "region")
    let object = try file.load()
    #expect(try object.programs["use"]?.run().returnValue != nil)
    // The program allocates the first page, in which it puts a node.
    let node = try arena.pointer(to: ListNode.self, at: 0)
    #expect(try arena.load(node).value == 5)
    try arena.store(6, at: node.pointer(to: \.value))
    #expect(try arena.load(node).value == 6)
    let missing = #expect(throws: BPFError.self) { try arena.load(node.advanced(by: pageSize / 16)) }
    #expect(missing?.code == .notFound)
  }
}
