//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests behavior that all maps of kernel objects share.
@Suite("Maps of kernel objects", .kernel)
struct ObjectMapTests {
  /// A typed map that wraps a handle.
  struct Wrapping: Sendable, CustomTestStringConvertible {
    var name: String
    var type: MapType
    var wrap: @Sendable (MapHandle) throws -> any TypedMap
    var testDescription: String { name }

    init(_ name: String, _ type: MapType, _ wrap: @escaping @Sendable (MapHandle) throws -> any TypedMap) {
      (self.name, self.type, self.wrap) = (name, type, wrap)
    }
  }

  static let wrappings = [
    Wrapping("ArrayOfMaps", .arrayOfMaps) { try ArrayOfMaps($0) },
    Wrapping("HashOfMaps<UInt32>", .hashOfMaps) { try HashOfMaps<UInt32>($0) },
    Wrapping("ProgramArray", .programArray) { try ProgramArray($0) },
    Wrapping("PerfEventArray", .perfEventArray) { try PerfEventArray($0) },
    Wrapping("CgroupArray", .cgroupArray) { try CgroupArray($0) },
    Wrapping("StackTraceMap", .stackTrace) { try StackTraceMap($0) },
    Wrapping("SockMap", .sockMap) { try SockMap($0) },
    Wrapping("SockHash<UInt32>", .sockHash) { try SockHash<UInt32>($0) },
    Wrapping("ReuseportSockArray", .reuseportSockArray) { try ReuseportSockArray($0) },
    Wrapping("DevMap", .devMap) { try DevMap($0) },
    Wrapping("DevMapHash", .devMapHash) { try DevMapHash($0) },
    Wrapping("CPUMap", .cpuMap) { try CPUMap($0) },
    Wrapping("XSKMap", .xskMap) { try XSKMap($0) },
    Wrapping("SocketStorage<Int32>", .skStorage) { try SocketStorage<Int32>($0) },
    Wrapping("InodeStorage<Int32>", .inodeStorage) { try InodeStorage<Int32>($0) },
    Wrapping("TaskStorage<Int32>", .taskStorage) { try TaskStorage<Int32>($0) },
    Wrapping("CgroupStorage<Int32>", .cgrpStorage) { try CgroupStorage<Int32>($0) },
  ]

  @Test("Refuses a map that does not fit, and describes both", arguments: wrappings)
  func mismatch(wrapping: Wrapping) throws {
    let hash = try MapHandle.fixture(.hash, keySize: 5, valueSize: 3)
    let error = #expect(throws: BPFError.self) { _ = try wrapping.wrap(hash) }
    #expect(error?.code == .typeMismatch)
    let text = error?.description ?? ""
    #expect(text.contains("this is a hash map with 5-byte keys and 3-byte values"))
    #expect(text.contains("\(wrapping.name) needs a"))
    #expect(text.contains(" \(wrapping.type.kernelName) map with 4-byte keys"))
  }

  @Test("Wraps and describes a map created elsewhere", .mapType(.cgrpStorage), arguments: wrappings)
  func fitting(wrapping: Wrapping) throws {
    let fixture = try MapTypeFixture(wrapping.type)
    let map = try wrapping.wrap(fixture.map)
    #expect(map.id == fixture.map.id)
    #expect(map.handle === fixture.map)
    #expect(map.description == "\(wrapping.name) of \(fixture.map)")
  }

  @Test("Refuses keys of another size")
  func keySizes() throws {
    let hash = try MapHandle.fixture(.sockHash, keySize: 8, valueSize: 8)
    let error = #expect(throws: BPFError.self) { try SockHash<UInt32>(hash) }
    #expect(error?.description.contains("8-byte keys") == true)
    #expect(error?.description.contains("4-byte keys and 8- or 4-byte values") == true)
  }

  @Test("Successful and failed calls do not leak descriptors", .notEmulated(.takesLong))
  func leaks() async {
    await #expect(processExitsWith: .success) {
      let inner = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
      let (maps, programs) = (
        try ArrayOfMaps(maxEntries: 1, innerMap: inner), try ProgramArray(maxEntries: 1)
      )
      let (program, socket) = (try FixtureDescriptor.program(), try FixtureDescriptor.listeningSocket())
      let devices = try DevMap(maxEntries: 1)
      try maps.update(0, to: inner)
      _ = try PossibleCPUs.current()
      let before = OpenDescriptors.count
      for _ in 0..<KernelAccess.rounds(1000) {
        _ = try maps.lookup(0)
        try programs.update(0, to: program.fileDescriptor)
        #expect(throws: BPFError.self) { try programs.update(0, to: socket.fileDescriptor) }
        #expect(throws: BPFError.self) {
          try devices.update(0, toInterface: 1, program: program.fileDescriptor)
        }
        let storage = try SocketStorage<UInt64>()
        try storage.update(socket.fileDescriptor, to: 1)
      }
      #expect(OpenDescriptors.count == before)
    }
  }
}
