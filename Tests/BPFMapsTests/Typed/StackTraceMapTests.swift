//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import SystemPackage
import Testing

@Suite("Stack traces", .kernel)
struct StackTraceMapTests {
  /// Records the stack on which a program runs, and returns its ID.
  private func record(in stacks: StackTraceMap, user: Bool = false) throws -> UInt32 {
    let program = try stacks.handle.withFileDescriptor { map in
      user
        ? try FixtureDescriptor.userStackRecordingProgram(map: map)
        : try FixtureDescriptor.stackRecordingProgram(map: map)
    }
    let answer = try program.run()
    // bpf_get_stackid() returns a negative errno on failure.
    let error = Int32(bitPattern: answer)
    try #require(error >= 0, "\(Errno(rawValue: -error))")
    return answer
  }

  @Test("Returns the addresses of a kernel stack")
  func addresses() throws {
    let stacks = try StackTraceMap(name: UniqueName.next(), maxEntries: 16)
    #expect(stacks.maxDepth == 127)
    #expect(stacks.handle.valueSize == 127 * 8)
    #expect(try stacks.lookup(1) == nil)
    let id = try record(in: stacks)
    let addresses = try #require(try stacks.lookup(id))
    #expect((1..<127).contains(addresses.count))
    #expect(addresses.allSatisfy { $0 >> 63 == 1 })
    let raw = try stacks.handle.raw.lookup(id.bytes, stride: 127 * 8).get()
    #expect(raw.prefix(addresses.count * 8) == addresses.flatMap(\.bytes)[...])
    #expect(raw.dropFirst(addresses.count * 8).allSatisfy { $0 == 0 })

    let entries = try stacks.entries()
    #expect(entries.map(\.key) == [id])
    #expect(entries.first?.value == addresses)
    #expect(try Array(stacks.keys()) == [id])
    #expect(try stacks.count() == 1)
    #expect(try stacks.delete(id))
    #expect(try !stacks.delete(id))
    #expect(try stacks.lookup(id) == nil)
  }

  @Test("Returns the addresses of a user stack")
  func userStack() throws {
    let stacks = try StackTraceMap(maxEntries: 16)
    let addresses = try #require(try stacks.lookup(record(in: stacks, user: true)))
    #expect(!addresses.isEmpty)
    #expect(addresses.allSatisfy { $0 >> 63 == 0 })
    #expect(try stacks.deleteAll() == 1)
    #expect(try stacks.entries().isEmpty)
  }

  @Test("A stack that is too deep is truncated")
  func depth() throws {
    let stacks = try StackTraceMap(maxEntries: 4, maxDepth: 2)
    #expect(stacks.handle.valueSize == 16)
    #expect(try stacks.lookup(record(in: stacks))?.count == 2)
  }

  @Test("Returns the build IDs of a user stack")
  func buildIDs() throws {
    let stacks = try StackTraceMap(maxEntries: 16, maxDepth: 8, options: MapOptions(flags: .stackBuildID))
    #expect(stacks.maxDepth == 8)
    #expect(stacks.handle.valueSize == 8 * 32)
    let id = try record(in: stacks, user: true)
    let frames = try #require(try stacks.lookupBuildIDs(id))
    #expect((1...8).contains(frames.count))
    for frame in frames {
      #expect(frame.buildID.count == 20)
      switch frame.status {
      case .valid:
        #expect(frame.buildID.contains { $0 != 0 })
        #expect(frame.offset != nil && frame.address == nil)
      case .address: #expect(frame.offset == nil && frame.address != nil)
      default: Issue.record("\(frame.status)")
      }
    }
    // The innermost frame is in the C library, which has a build ID in all distributions.
    #expect(frames.first?.status == .valid)
    #expect(frames.first?.description.contains("+0x") == true)
    #expect(try stacks.buildIDEntries().map(\.key) == [id])
    #expect(try stacks.buildIDEntries().first?.value == frames)
    #expect(try stacks.lookupBuildIDs(id ^ 1) == nil)
  }

  @Test("The error of a wrong call names the right one")
  func wrongCalls() throws {
    let plain = try StackTraceMap(maxEntries: 4)
    let withIDs = try StackTraceMap(maxEntries: 4, options: MapOptions(flags: .stackBuildID))
    let calls: [(String, () throws -> Void)] = [
      ("use lookup", { _ = try plain.lookupBuildIDs(0) }),
      ("use entries", { _ = try plain.buildIDEntries() }),
      ("use lookupBuildIDs", { _ = try withIDs.lookup(0) }),
      ("use buildIDEntries", { _ = try withIDs.entries() }),
    ]
    for (advice, call) in calls {
      let error = #expect(throws: BPFError.self) { try call() }
      #expect(error?.code == .wrongCall)
      #expect(error?.description.hasSuffix(advice) == true)
    }
  }

  @Test("Refuses invalid depths", arguments: [0, -1, Int.min, Int.max, Int(UInt32.max)])
  func depths(depth: Int) {
    for flags in [[], .stackBuildID] as [MapCreateFlags] {
      let error = #expect(throws: BPFError.self) {
        try StackTraceMap(maxEntries: 1, maxDepth: depth, options: MapOptions(flags: flags))
      }
      #expect(error?.code == .wrongSize)
    }
  }
}
