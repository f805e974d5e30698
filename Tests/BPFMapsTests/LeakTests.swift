//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests that descriptors do not leak. Each test counts those of its own process, because tests that run in parallel
/// would disturb it.
@Suite("Leaks of descriptors", .kernel, .serialized, .notEmulated(.takesLong))
struct LeakTests {
  @Test("10,000 maps are created, opened by ID, and duplicated without a leak")
  func handles() async {
    await #expect(processExitsWith: .success) {
      let before = OpenDescriptors.count
      for _ in 0..<KernelAccess.rounds(10_000) {
        let map = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
        let same = try MapHandle(id: map.id)
        _ = try same.duplicate()
        _ = try map.withFileDescriptor { try MapHandle(duplicating: $0) }
      }
      #expect(OpenDescriptors.count == before)
    }
  }

  @Test("10,000 attempts to open maps, programs, and missing files by path do not leak")
  func pins() async {
    await #expect(processExitsWith: .success) {
      try withBPFFileSystem { directory in
        let map = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
        let (path, program) = (directory.appending("map"), directory.appending("program"))
        let missing = directory.appending("missing")
        try map.pin(at: path)
        try FixtureDescriptor.program().pin(at: program)
        let before = OpenDescriptors.count
        for _ in 0..<KernelAccess.rounds(2500) {
          _ = try MapHandle(pinnedAt: path)
          #expect(throws: BPFError.self) { try MapHandle(pinnedAt: program) }
          #expect(throws: BPFError.self) { try MapHandle(pinnedAt: missing) }
          #expect(throws: BPFError.self) { try map.unpin(from: program) }
        }
        #expect(OpenDescriptors.count == before)
      }
    }
  }

  @Test("10,000 failures do not leak")
  func failures() async {
    await #expect(processExitsWith: .success) {
      let map = try MapHandle(type: .hash, keySize: 4, valueSize: 4, maxEntries: 1)
      let socket = try FixtureDescriptor.listeningSocket()
      let before = OpenDescriptors.count
      for _ in 0..<KernelAccess.rounds(2000) {
        #expect(throws: BPFError.self) { try MapHandle(type: .hash, keySize: 4, valueSize: 4, maxEntries: 0) }
        #expect(throws: BPFError.self) { try MapHandle(id: 4_294_967_295) }
        #expect(throws: BPFError.self) { try MapHandle(duplicating: socket.fileDescriptor) }
        #expect(throws: BPFError.self) { try map.update([1], to: [1, 2, 3, 4]) }
        #expect(throws: BPFError.self) { try map.update([1, 2, 3, 4], to: [1, 2, 3, 4], flags: .exist) }
      }
      #expect(OpenDescriptors.count == before)
    }
  }

  @Test("Probes, listings, and information do not leak")
  func listings() async {
    await #expect(processExitsWith: .success) {
      let map = try MapHandle(type: .hash, keySize: 4, valueSize: 4, maxEntries: 1)
      _ = try PossibleCPUs.current()
      let before = OpenDescriptors.count
      for _ in 0..<KernelAccess.rounds(50) {
        for type in MapType.allKnown { _ = try type.probe() }
        _ = try MapHandle.all()
        _ = try map.info()
        _ = try map.descriptorInfo()
      }
      #expect(OpenDescriptors.count == before)
    }
  }

  @Test("The error for a lack of descriptors says so, and leaks none")
  func noDescriptorLeft() async {
    await #expect(processExitsWith: .success) {
      let map = try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
      _ = try PossibleCPUs.current()
      var duplicates: [MapHandle] = []
      try ProcessLimit.descriptors(64)
      let error = #expect(throws: BPFError.self) {
        while duplicates.count < 100 { duplicates.append(try map.duplicate()) }
      }
      #expect(error?.code == .outOfResources)
      #expect(error?.errno == .tooManyOpenFiles)
      for _ in 0..<100 {
        // Another thread of the process may have closed a descriptor meanwhile.
        while let duplicate = try? map.duplicate() { duplicates.append(duplicate) }
        #expect(throws: BPFError.self) { try MapHandle(id: map.id) }
        #expect(throws: BPFError.self) {
          try MapHandle(type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
        }
      }
      duplicates.removeLast()
      #expect(try MapHandle(id: map.id).id == map.id)
    }
  }
}
