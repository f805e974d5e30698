//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Glibc
import KernelFixtures
import SystemPackage
import Testing

/// Tests creating, opening and mapping arenas.
@Suite("Arenas", .kernel, .mapType(.arena))
struct ArenaTests {
  // Unused addresses, also under sanitizers, which reserve most of the address space. Each test has its own.
  private static func address(_ number: UInt64) -> UInt64 { 0x5910_0000_0000 + number << 32 }

  @Test("An arena is at its address, and its pages are shared with a second descriptor")
  func creating() throws {
    let arena = try Arena(name: "nodes", pages: 3, address: Self.address(1))
    #expect(arena.address == Self.address(1))
    #expect(arena.byteCount == 3 * pageSize)
    #expect((arena.handle.name, arena.handle.maxEntries) == ("nodes", 3))
    #expect(try arena.handle.info().extra == Self.address(1))
    #expect(arena.description.hasSuffix("(id \(arena.handle.id), arena) at 0x591100000000"))
    let number = try arena.pointer(to: UInt64.self, at: 8)
    #expect(try arena.load(number) == 0)
    try arena.store(5, at: number)
    // The mapping that this process has, by another handle.
    let again = try Arena(id: arena.handle.id)
    #expect(try again[number] == 5)
    #expect(again.address == arena.address)
  }

  @Test("Without an address, the kernel chooses one")
  func chosenAddress() throws {
    let arena = try Arena(pages: 1)
    #expect(arena.address != 0 && arena.address % UInt64(pageSize) == 0)
    #expect(try arena.handle.info().extra == 0)
    #expect(try Arena(arena.handle, address: arena.address).address == arena.address)
    let other = #expect(throws: BPFError.self) { try Arena(arena.handle, address: Self.address(2)) }
    #expect(other?.code == .invalidArgument)
    #expect(other?.explanation.contains("can have only one address") == true)
  }

  @Test("The last arena unmaps the memory, and its contents remain with the map")
  func unmapping() throws {
    let handle: MapHandle
    let pointer: ArenaPointer<UInt32>
    do {
      let arena = try Arena(pages: 1, address: Self.address(3))
      handle = arena.handle
      pointer = try arena.pointer(at: 4)
      try arena.store(7, at: pointer)
      #expect(try Self.isMapped(arena.address))
    }
    #expect(try !Self.isMapped(Self.address(3)))
    let again = try Arena(handle)
    #expect(try again.load(pointer) == 7)
    #expect(again.address == Self.address(3))
  }

  @Test("Threads that map and unmap the same arena share its only address")
  func concurrency() async throws {
    let handle = try Arena(pages: 1, address: Self.address(4)).handle
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<200 {
            let arena = try Arena(handle)
            try arena.atomicAdd(1, at: arena.pointer(to: UInt64.self, at: 0))
          }
        }
      }
      try await group.waitForAll()
    }
    let arena = try Arena(handle)
    #expect(try arena.load(arena.pointer(to: UInt64.self, at: 0)) == 1600)
  }

  @Test("Opens a pinned arena, which another process may have created")
  func pinned() throws {
    try withBPFFileSystem { directory in
      let path = directory.appending("arena")
      let first = try Arena(name: "pinned", pages: 2, address: Self.address(5))
      try first.handle.pin(at: path)
      let second = try Arena(pinnedAt: path)
      try second.store(9, at: second.pointer(to: Int32.self, at: pageSize))
      #expect(try first.load(first.pointer(to: Int32.self, at: pageSize)) == 9)
    }
  }

  // MARK: - Refusals

  @Test("Refuses addresses and sizes that the kernel does, and says why")
  func refusals() throws {
    func refusal(pages: Int, _ address: UInt64?) -> BPFError? {
      #expect(throws: BPFError.self) { try Arena(pages: pages, address: address) }
    }
    let odd = refusal(pages: 1, 1 << 44 + 1)
    #expect(odd?.code == .invalidArgument && odd?.explanation.contains("page size") == true)
    let crossing = refusal(pages: 2, 0x5a00_0000_0000 - UInt64(pageSize))
    #expect(crossing?.code == .invalidArgument && crossing?.explanation.contains("4 GiB") == true)
    let large = refusal(pages: (4 << 30) / pageSize + 1, nil)
    #expect(large?.explanation.contains("at most 4 GiB") == true)
    #expect(refusal(pages: 0, nil)?.explanation == "max_entries must be above 0")
    // 0 is no address.
    #expect(try Arena(pages: 1, address: 0).address != 0)
  }

  @Test("Refuses an address where something else is")
  func occupied() throws {
    let first = try Arena(pages: 1, address: Self.address(6))
    let second = #expect(throws: BPFError.self) { try Arena(pages: 1, address: Self.address(6)) }
    #expect(second?.code == .busy && second?.errno == .fileExists)
    #expect(second?.explanation.contains("0x591600000000") == true)
    withExtendedLifetime(first) {}
  }

  @Test("Refuses other maps, and handles that are not read-write")
  func wrongHandles() throws {
    let hash = #expect(throws: BPFError.self) { try Arena(MapHandle.fixture(.hash)) }
    #expect(hash?.code == .typeMismatch && hash?.explanation == "this is a hash map, not an arena")
    let arena = try Arena(pages: 1)
    let reader = try MapHandle(id: arena.handle.id, access: .readOnly)
    let refusal = #expect(throws: BPFError.self) { try Arena(reader) }
    #expect(refusal?.code == .readOnly)
  }

  /// Whether this process has a mapping that begins at an address.
  private static func isMapped(_ address: UInt64) throws -> Bool {
    let maps = try Command.run("/bin/cat", ["/proc/\(getpid())/maps"]).standardOutput
    return maps.split(separator: "\n").contains { $0.hasPrefix(String(address, radix: 16) + "-") }
  }
}
