//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

/// Tests the arena of a kernel module, whose pointers Swift has no type for.
@Suite("Arenas of kernel modules", .kernel, .kernel(since: "6.9"))
struct ArenaModuleTests {
  private static let source = """
    import BPFKernel
    public let memory = Arena(pages: 4)

    /// Fills a new page, and replaces the argument with its address.
    @section("syscall") func fill(_ context: SyscallContext<UInt64>) -> Int32 {
      guard let page = memory.allocate() else { return 1 }
      let number = context.arguments
      memory.store(number, at: page)
      memory.store(UInt32(truncatingIfNeeded: number), at: page &+ 8)
      memory.store(UInt16(truncatingIfNeeded: number), at: page &+ 12)
      memory.store(UInt8(truncatingIfNeeded: number), at: page &+ 14)
      context.arguments = page
      return 0
    }
    /// Adds the numbers at an address, and returns the sum. Adds it to the first one.
    @section("syscall") func sum(_ context: SyscallContext<UInt64>) -> Int32 {
      let page = context.arguments
      let small = UInt64(memory.load(UInt16.self, at: page &+ 12)) &+ UInt64(memory.load(UInt8.self, at: page &+ 14))
      let sum = memory.load(UInt64.self, at: page) &+ UInt64(memory.load(UInt32.self, at: page &+ 8)) &+ small
      memory.atomicAdd(sum, at: page)
      return Int32(truncatingIfNeeded: sum)
    }
    @section("syscall") func release(_ context: SyscallContext<UInt64>) -> Int32 {
      memory.free(context.arguments)
      return 0
    }
    """

  @Test("Programs and user space share pages, and addresses mean the same to both", arguments: [false, true])
  func memory(isChecked: Bool) throws {
    let module = try withTemporaryDirectory { folder in
      try KernelModuleFixture.compile(
        ["Arena.swift": Self.source], named: "ArenaKernel", options: isChecked ? [] : ["-Ounchecked"],
        in: folder)
    }
    let object = try ObjectFile(bytes: #require(module.object, "\(module.messages)"), name: "arena").load()
    let number: UInt64 = 0x0102_0304_0506_0708
    let filled = try object.program("fill").run(context: number.bytes)
    let page = filled.context.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    try #require(filled.returnValue == 0)
    let expected = number.bytes + [8, 7, 6, 5, 8, 7, 8, 0]

    // User space has the page at the address that the program stored.
    let offset = try object.withUnsafeArena("memory") { memory -> Int in
      let offset = Int(page) - Int(bitPattern: memory.baseAddress)
      try #require(memory.count == 4 * pageSize && (0..<memory.count).contains(offset))
      #expect(memory[offset..<offset + 16].elementsEqual(expected))
      memory.storeBytes(of: 5, toByteOffset: offset, as: UInt64.self)
      return offset
    }
    let sum = 5 + UInt64(0x0506_0708) + 0x0708 + 8
    #expect(try object.program("sum").run(context: page.bytes).returnValue == UInt32(sum))
    #expect(
      object.withUnsafeArena("memory") { $0.load(fromByteOffset: offset ?? 0, as: UInt64.self) } == 5 + sum)

    // A freed page reads as zeros.
    #expect(try object.program("release").run(context: page.bytes).returnValue == 0)
    #expect(try object.program("sum").run(context: page.bytes).returnValue == 0)
  }
}
