//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests that wrong sizes and calls are refused before the kernel, so that no call accesses memory beyond a buffer.
@Suite("Wrong sizes and calls", .kernel)
struct SizeRefusalTests {
  /// A call on a map with 4-byte keys and 8-byte values.
  struct Call: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var wrong: Int
    var right: Int
    var run: @Sendable (MapHandle) throws -> Void

    init(_ name: String, wrong: Int, right: Int, _ run: @escaping @Sendable (MapHandle) throws -> Void) {
      (testDescription, self.wrong, self.right, self.run) = (name, wrong, right, run)
    }
  }

  static func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  static let keyCalls = [0, 3, 5].flatMap { size in
    [
      Call("lookup, \(size)-byte key", wrong: size, right: 4) { _ = try $0.lookup(bytes(size)) },
      Call("contains, \(size)-byte key", wrong: size, right: 4) { _ = try $0.contains(bytes(size)) },
      Call("update, \(size)-byte key", wrong: size, right: 4) { try $0.update(bytes(size), to: bytes(8)) },
      Call("delete, \(size)-byte key", wrong: size, right: 4) { try $0.delete(bytes(size)) },
      Call("lookupAndDelete, \(size)-byte key", wrong: size, right: 4) {
        _ = try $0.lookupAndDelete(bytes(size))
      },
      Call("nextKey, \(size)-byte key", wrong: size, right: 4) { _ = try $0.nextKey(after: bytes(size)) },
      Call("lookup into, \(size)-byte key", wrong: size, right: 4) { map in
        var value = bytes(8)
        var span = value.mutableSpan
        var buffer = span.mutableBytes
        _ = try map.lookup(bytes(size).span.bytes, into: &buffer)
      },
    ]
  }

  static let valueCalls = [0, 7, 9, 16].flatMap { size in
    [
      Call("update, \(size)-byte value", wrong: size, right: 8) { try $0.update(bytes(4), to: bytes(size)) },
      Call("lookup into \(size) bytes", wrong: size, right: 8) { map in
        var value = bytes(size)
        var span = value.mutableSpan
        var buffer = span.mutableBytes
        _ = try map.lookup(bytes(4).span.bytes, into: &buffer)
      },
    ]
  }

  @Test("Refuses a key or value of another size", arguments: keyCalls + valueCalls)
  func wrongSize(call: Call) throws {
    let map = try MapHandle.fixture(.hash)
    let error = #expect(throws: BPFError.self) { try call.run(map) }
    #expect(error?.code == .wrongSize)
    #expect(error?.errno == nil, "the kernel must not be asked")
    #expect(error?.mapName == map.name)
    #expect(error?.mapID == map.id)
    let text = error?.description ?? ""
    #expect(text.contains("\(call.wrong)") && text.contains("\(call.right)"), "\(text)")
    #expect(try map.nextKey(after: nil) == nil)
  }

  @Test(
    "Keyless maps only accept an empty key", .mapType(.bloomFilter),
    arguments: [MapType.queue, .stack, .bloomFilter])
  func keyless(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    let error = #expect(throws: BPFError.self) { try map.update([0, 0, 0, 0], to: Self.bytes(8)) }
    #expect(error?.errno == nil)
    try map.update([], to: Self.bytes(8))
  }

  @Test(
    "The error of a plain call on a per-CPU map names the right call",
    arguments: [MapType.perCPUHash, .perCPUArray, .lruPerCPUHash])
  func plainOnPerCPU(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    let calls: [(String, (MapHandle) throws -> Void)] = [
      ("lookupPerCPU", { _ = try $0.lookup(Self.bytes(4)) }),
      ("updatePerCPU", { try $0.update(Self.bytes(4), to: Self.bytes(8)) }),
      ("lookupAndDeletePerCPU", { _ = try $0.lookupAndDelete(Self.bytes(4)) }),
      (
        "lookupPerCPU",
        { map in
          var value = Self.bytes(map.valueStride)
          var span = value.mutableSpan
          var buffer = span.mutableBytes
          _ = try map.lookup(Self.bytes(4).span.bytes, into: &buffer)
        }
      ),
    ]
    for (right, call) in calls {
      let error = #expect(throws: BPFError.self) { try call(map) }
      #expect(error?.code == .wrongCall)
      #expect(error?.errno == nil)
      #expect(error?.description.contains(right) == true, "\(error.map(String.init(describing:)) ?? "")")
    }
  }

  @Test("The error of a per-CPU call on a plain map names the right call", arguments: [MapType.hash, .array])
  func perCPUOnPlain(type: MapType) throws {
    let map = try MapHandle.fixture(type)
    let calls: [(String, (MapHandle) throws -> Void)] = [
      ("lookup", { _ = try $0.lookupPerCPU(Self.bytes(4)) }),
      ("update", { try $0.updatePerCPU(Self.bytes(4), to: [Self.bytes(8)]) }),
      ("lookupAndDelete", { _ = try $0.lookupAndDeletePerCPU(Self.bytes(4)) }),
    ]
    for (right, call) in calls {
      let error = #expect(throws: BPFError.self) { try call(map) }
      #expect(error?.code == .wrongCall)
      #expect(error?.errno == nil)
      #expect(error?.description.contains(right) == true)
    }
  }
}
