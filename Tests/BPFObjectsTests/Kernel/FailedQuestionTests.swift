//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import BPFObjects
@testable import BPFSyscall

/// Each kernel probe runs once while the process cannot open descriptors, fails, and runs again. Failures must not be
/// cached. Each test runs in a process of its own, without cached results.
@Suite("Failed kernel probes", .kernel, .serialized)
struct FailedQuestionTests {
  /// Runs a probe without descriptors, expects it to fail, and runs it again with descriptors.
  private static func ask<Answer>(_ question: () throws -> Answer) throws -> Answer {
    let error = #expect(throws: BPFError.self) {
      try ProcessLimit.withoutDescriptors { _ = try question() }
    }
    #expect(error?.errno == .tooManyOpenFiles)
    #expect(error?.code == .outOfResources, "\(String(describing: error))")
    return try question()
  }

  @Test("Reads the possible CPUs again, and caches them")
  func possibleCPUs() async {
    await #expect(processExitsWith: .success) {
      let cpus = try Self.ask { try PossibleCPUs.current() }
      #expect(cpus.count > 0 && PossibleCPUs.known == cpus)
      // The result is cached.
      let again = try ProcessLimit.withoutDescriptors { try PossibleCPUs.current() }
      #expect(again == cpus)
    }
  }

  @Test("Reads the online CPUs each time")
  func onlineCPUs() async {
    await #expect(processExitsWith: .success) {
      let cpus = try Self.ask { try OnlineCPUs.current() }
      #expect(!cpus.isEmpty)
    }
  }

  @Test("Probes features again, and caches them")
  func features() async {
    await #expect(processExitsWith: .success) {
      // The kernel rejects unknown features before it creates a descriptor.
      for feature in KernelFeature.allCases where !KernelRelease.isOlder(than: feature.minimumKernelVersion) {
        let isThere = try Self.ask { try feature.isSupported() }
        #expect(isThere, "\(feature)")
        // The result is cached.
        let again = try ProcessLimit.withoutDescriptors { try feature.isSupported() }
        #expect(again)
      }
    }
  }

  @Test("Probes BTF kinds, multi-uprobes and map types again")
  func probes() async {
    await #expect(processExitsWith: .success) {
      let types = try Self.ask { try KernelSupport.running.typeFeatures() }
      #expect((types == .all) == !KernelRelease.isOlder(than: "6.9"))
      let isThere = try Self.ask { try KernelFacts.hasUprobeMulti() }
      #expect(isThere == !KernelRelease.isOlder(than: "6.6"))
      let hasHashes = try Self.ask { try MapType.hash.isSupported() }
      #expect(hasHashes)
      let hasFlag = try Self.ask { try MapCreateFlags.noPrealloc.isSupported(in: .hash) }
      #expect(hasFlag)
      // The answers are cached.
      let again = try ProcessLimit.withoutDescriptors {
        try MapType.hash.isSupported() && MapCreateFlags.noPrealloc.isSupported(in: .hash)
      }
      #expect(again)
    }
  }

  @Test("Asks again whether programs may call a helper, and caches the answer")
  func helpers() async {
    await #expect(processExitsWith: .success) {
      #expect(try ProgramType.xdp.isSupported())
      let isThere = try Self.ask { try Helper.ktimeGetNS.isSupported() }
      #expect(isThere)
      let isCallable = try Self.ask { try Helper.ktimeGetNS.isSupported(in: .xdp) }
      #expect(isCallable)
      let again = try ProcessLimit.withoutDescriptors {
        try Helper.ktimeGetNS.isSupported() && Helper.ktimeGetNS.isSupported(in: .xdp)
      }
      #expect(again)
    }
  }

  @Test("Reads the kernel's types, options, symbols and version again")
  func files() async {
    await #expect(processExitsWith: .success) {
      let task = try Self.ask { try KernelTypes.vmlinux().find(.structure, named: "task_struct") }
      #expect(task != nil)
      let option = try Self.ask { try KernelConfiguration.running()["CONFIG_BPF"] }
      #expect(option == "y")
      let isThere = try Self.ask { try KernelSymbols.contains("no_such_symbol") }
      #expect(!isThere)
      let version = try Self.ask { try KernelVersion.running() }
      #expect(version.major >= 5)
    }
  }

  @Test("Loads an object after a failed load")
  func object() async {
    await #expect(processExitsWith: .success) {
      let file = try ObjectFixture.object("counter")
      _ = #expect(throws: BPFError.self) { try ProcessLimit.withoutDescriptors { _ = try file.load() } }
      let object = try file.load()
      #expect(try object.maps["hits"]?.info().btfID != 0)
    }
  }

  @Test("Does not treat types as equal that it could not compare")
  func typedMaps() async {
    await #expect(processExitsWith: .success) {
      let btf = try FixtureDescriptor.btf()
      let types = MapOptions.BTF(
        descriptor: btf.fileDescriptor, keyTypeID: FixtureBTF.int32, valueTypeID: FixtureBTF.uint64)
      let map = try MapHandle(
        type: .hash, keySize: 4, valueSize: 8, maxEntries: 1, options: MapOptions(btf: types))
      let error = #expect(throws: BPFError.self) {
        try ProcessLimit.withoutDescriptors { _ = try HashMap<Int32, Double>(map) }
      }
      #expect(error?.errno == .tooManyOpenFiles && error?.code == .outOfResources)
      let mismatch = #expect(throws: BPFError.self) { try HashMap<Int32, Double>(map) }
      #expect(mismatch?.code == .typeMismatch)
    }
  }

  @Test("Lists maps and reads their information again")
  func maps() async {
    await #expect(processExitsWith: .success) {
      let map = try MapHandle(type: .hash, keySize: 4, valueSize: 4, maxEntries: 1)
      for _ in 0..<2 {
        _ = #expect(throws: BPFError.self) {
          try ProcessLimit.withoutDescriptors { _ = try MapHandle.all() }
        }
        let error = #expect(throws: BPFError.self) {
          try ProcessLimit.withoutDescriptors { _ = try map.descriptorInfo() }
        }
        #expect(error?.code == .outOfResources && error?.description.contains("mounted") == false)
        #expect(error?.description.contains("no descriptor is left") == true)
      }
      let counters = try MapHandle(type: .perCPUArray, keySize: 4, valueSize: 8, maxEntries: 1)
      #expect(try counters.lookupPerCPU([0, 0, 0, 0])?.count == PossibleCPUs.current().count)
      #expect(try MapHandle.all().contains { $0.id == counters.id })
      #expect(try map.descriptorInfo().type == .hash)
    }
  }
}
