//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

/// Tests that the padding of keys and values is zero, whatever the program had on its stack before.
///
/// The kernel compares all bytes of a key.
@Suite("Padding in kernel modules", .kernel)
struct PaddingTests {
  /// Each key has three bytes of padding in the middle, and each value seven at the end. `dirty` fills the stack of its
  /// frame with ones, where the other functions have their keys and values afterwards.
  private static let source = """
    import BPFKernel
    public struct Key: BitwiseCopyable {
      public var kind: UInt8
      public var number: UInt32
    }
    public struct Value: BitwiseCopyable {
      public var count: UInt64
      public var kind: UInt8
    }
    public let updated = HashMap<Key, Value>(maxEntries: 8)
    public let inserted = HashMap<Key, Value>(maxEntries: 8)
    public let made = HashMap<Key, Value>(maxEntries: 8)
    public let queue = QueueMap<Value>(maxEntries: 8)
    public let scratch = ArrayMap<InlineArray<48, UInt64>>(maxEntries: 1)
    nonisolated(unsafe) public var deleted: UInt32 = 0

    @inline(never) func dirty(_ byte: UInt64) -> UInt64 {
      scratch.update(0) { $0 = InlineArray(repeating: byte) }
      return byte
    }
    @inline(never) func update(_ number: UInt32) -> UInt64 {
      let key = Key(kind: 1, number: number)
      updated.update(key, to: Value(count: 2, kind: 3))
      made.update(key) { $0.count = 2; $0.kind = 3 }
      queue.push(Value(count: 2, kind: 3))
      return 0
    }
    @inline(never) func insert(_ number: UInt32) -> UInt64 {
      inserted.withValue(of: Key(kind: 1, number: number), default: Value(count: 1, kind: 3)) { $0.count &+= 1 }
      return 0
    }
    @inline(never) func delete(_ number: UInt32) -> UInt64 {
      inserted.delete(Key(kind: 1, number: number)) ? 1 : 0
    }
    @section("xdp") func run(_ context: XDPContext) -> XDPAction {
      var sum = dirty(~0) &+ update(7)
      sum &+= dirty(~0) &+ insert(7)
      sum &+= dirty(~0) &+ insert(8)
      sum &+= dirty(~0)
      deleted = UInt32(truncatingIfNeeded: delete(8))
      return sum == 1 ? .drop : .pass
    }
    """

  @Test(
    "The padding is zero in maps, on a stack that was not",
    arguments: KernelRelease.isOlder(than: "6.7") ? [false] : [false, true])
  func padding(isChecked: Bool) throws {
    let module = try withTemporaryDirectory { folder in
      try KernelModuleFixture.compile(
        ["Padding.swift": Self.source], named: "PaddingKernel", options: isChecked ? [] : ["-Ounchecked"],
        in: folder)
    }
    let bytes = try #require(module.object, "\(module.messages)")
    let object = try ObjectFile(bytes: bytes, name: "padding").load()
    _ = try #require(object.programs["run"]).run(data: [UInt8](repeating: 0, count: 64))

    // The ones were on the stack.
    let ones = [UInt8](repeating: 0xff, count: 48 * 8)
    #expect(try object.map("scratch").lookup([0, 0, 0, 0]) == ones)
    let key: [UInt8] = [1, 0, 0, 0, 7, 0, 0, 0]
    let value: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
    for name in ["updated", "inserted", "made"] {
      let map = try object.map(name)
      #expect(try map.lookup(key) == value, "\(name)")
      #expect(try map.count() == 1, "\(name)")
    }
    #expect(try object.map("queue").lookupAndDelete([]) == value)
    // The program found the key that it deletes.
    #expect(try object.variable("deleted", as: UInt32.self) == 1)
  }
}
