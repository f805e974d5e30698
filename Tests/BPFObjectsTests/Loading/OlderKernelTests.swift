//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFObjects
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

/// Loading on older kernels, where the library omits, replaces, or reports features. The kernels are simulated:
/// they are older than the running one.
@Suite("Loading into older kernels", .bpftool, .kernel(since: "5.13"))
struct OlderKernelTests {
  /// Loads an object into a simulated kernel with nothing cached except its version.
  private static func load(_ name: String, _ major: Int32, _ minor: Int32) async throws -> Object {
    let file = try ObjectFixture.object(name)
    return try await OlderKernel.run(major, minor) { try file.load(options()) }
  }

  /// Returns options with no cached kernel features, or with given ones missing.
  static func options(without missing: Set<KernelFeature> = []) -> LoadOptions {
    var options = LoadOptions()
    options.kernel = KernelSupport(without: missing)
    return options
  }

  /// Returns the names and types of a program and a map according to bpftool.
  private static func facts(_ program: Program, _ map: MapHandle) throws -> [String] {
    let program = try Bpftool.run("prog", "show", "id", "\(program.id)")
    let map = try Bpftool.run("map", "show", "id", "\(map.id)")
    let names = [program["name"].string ?? "", map["name"].string ?? ""].filter { !$0.isEmpty }
    return names + [program["btf_id"], map["btf_id"]].filter { $0.integer ?? 0 != 0 }.map { _ in "types" }
  }

  @Test(
    "Omits names and types where unsupported, and the program still counts",
    arguments: [
      (4, 14, []), (4, 17, ["count", "hits"]), (4, 18, ["count", "hits", "types"]),
      (5, 0, ["count", "hits", "types", "types"]),
    ] as [(Int32, Int32, [String])])
  func names(major: Int32, minor: Int32, expected: [String]) async throws {
    let object = try await Self.load("counter", major, minor)
    let (count, hits) = (
      try #require(object.programs["count"]), try #require(object.maps["hits"])
    )
    #expect(try Self.facts(count, hits) == expected)
    #expect(count.name == "count")
    _ = try count.run(data: LoadingTests.packet)
    #expect(try HashMap<UInt32, UInt64>(hits)[1] == 1)
  }

  @Test("Omits features known to be missing without trying them")
  func known() async throws {
    let file = try ObjectFixture.object("counter")
    let object = try file.load(Self.options(without: [.mapNames, .programNames, .types]))
    let (count, hits) = (try #require(object.programs["count"]), try #require(object.maps["hits"]))
    #expect(try Self.facts(count, hits).isEmpty)
    _ = try count.run(data: LoadingTests.packet)
    #expect(try HashMap<UInt32, UInt64>(hits)[1] == 1)
  }

  @Test("Omits the attach type only where the section name allows it")
  func attachTypes() async throws {
    let object = try await Self.load("xdp", 4, 16)
    #expect(try object.programs["look"]?.run(data: LoadingTests.packet).returnValue == 2)
    var file = try ObjectFixture.object("counter")
    file.programs["count"]?.expectedAttachType = .tcxIngress
    let needed = file
    let error = await #expect(throws: BPFError.self) {
      try await OlderKernel.run(4, 16) { try needed.load(Self.options()) }
    }
    #expect(error?.programName == "count" && error?.errno == .argListTooLong)
  }

  @Test("Without mappable arrays, reads and writes global variables by system calls")
  func mappedArrays() async throws {
    let object = try await Self.load("globals", 5, 4)
    #expect(object.maps[".bss"]?.flags == [] && object.maps[".rodata"]?.flags == .readOnlyProgram)
    let use = try #require(object.programs["use"])
    #expect(try use.run(data: LoadingTests.packet).signedReturnValue == 47)
    #expect(try object.variable("counter", as: Int32.self) == 47)
    try object.setVariable("counter", to: Int32(-7))
    #expect(try use.run(data: LoadingTests.packet).signedReturnValue == 0)
    #expect(try object.variable("runs", as: UInt64.self) == 2)
    #expect(try object.variable("extra", as: Int32.self) == 7 + 6 + 7)
    let constant = #expect(throws: BPFError.self) { try object.setVariable("limit", to: Int32(1)) }
    #expect(constant?.code == .frozen)
  }

  @Test("Without global variables, rejects programs that use one and names the required release")
  func globalVariables() async throws {
    for name in ["globals", "kconfig"] {
      let error = await #expect(throws: BPFError.self) { try await Self.load(name, 5, 1) }
      #expect(error?.code == .unsupported && error?.programName != nil)
      #expect(
        error?.explanation.contains("this kernel has no global variables: ") == true
          && error?.explanation.contains("Linux 5.2") == true,
        "\(String(describing: error))")
    }
    // A program that is not loaded does not use variables.
    var file = try ObjectFixture.object("globals")
    file.programs["use"]?.isLoaded = false
    let unused = file
    let object = try await OlderKernel.run(5, 1) { try unused.load(Self.options()) }
    #expect(object.maps[".rodata"] == nil && object.programs.isEmpty)
  }

  @Test("Detects a read-only section that an old kernel created as a plain array by its use")
  func plainArray() async throws {
    let file = try ObjectFixture.object(
      source: """
        static long calls;
        __attribute__((section("tc"), used)) int count(void *c) { return ++calls; }
        """)
    #expect(file.maps[".bss"]?.flags == [])
    let error = await #expect(throws: BPFError.self) {
      try await OlderKernel.run(5, 1) { try file.load(Self.options()) }
    }
    #expect(error?.code == .unsupported && error?.explanation.contains("global variables") == true)
  }

  @Test(
    "Reads memory by the helper that old kernels have",
    arguments: [(4, 17), (5, 4), (5, 5)] as [(Int32, Int32)])
  func probeReadKernel(major: Int32, minor: Int32) async throws {
    // Its string is a read-only constant, which needs Linux 5.2.
    let file = try ObjectFixture.object("reads", definitions: major == 4 ? ["NO_CONSTANTS"] : [])
    let object = try await OlderKernel.run(major, minor) { try file.load(Self.options()) }
    let (copy, requests) = (try #require(object.programs["copy"]), try #require(object.maps["requests"]))
    let record: [UInt8] = UInt64(77).bytes + Array("user".utf8) + [UInt8](repeating: 0, count: 12)
    let value = try record.withUnsafeBytes { memory in
      let address = UInt64(UInt(bitPattern: memory.baseAddress))
      try requests.update([0, 0, 0, 0], to: address.bytes + [UInt8](repeating: 0, count: 48))
      _ = try copy.run()
      let value = try #require(try requests.lookup([0, 0, 0, 0]))
      #expect(value[8..<16] == value[0..<8])
      return value
    }
    #expect(value[16..<23] == Array("kernel\0".utf8)[...])
    #expect(Array(value[32...]) == record)
    let calls = try copy.translatedInstructions().filter { $0.opcode == 0x85 && $0.source == 0 }
    #expect(calls.count >= 5)
  }

  @Test("Passes the kernel version for kprobes to kernels that check it")
  func kernelVersion() async throws {
    let file = try ObjectFixture.object(
      source: """
        __attribute__((section("kprobe/any"), used)) int probe(void *c) { return 0; }
        char _license[] __attribute__((section("license"), used)) = "GPL";
        """)
    let object = try await OlderKernel.run(4, 14) { try file.load(Self.options()) }
    #expect(object.programs["probe"]?.type == .kprobe)
    // The object's own kernel version is kept.
    let other = {
      var other = file
      other.kernelVersion = 1
      return other
    }()
    let error = await #expect(throws: BPFError.self) {
      try await OlderKernel.run(4, 14) { try other.load(Self.options()) }
    }
    #expect(error?.errno == .invalidArgument && error?.programName == "probe")
  }

  @Test("Does not probe a kernel that lacks nothing")
  func nothingAsked() throws {
    let options = Self.options()
    _ = try ObjectFixture.object("globals").load(options)
    for feature in KernelFeature.allCases { #expect(!options.kernel.isKnownToLack(feature)) }
    #expect(options.kernel.knownTypeFeatures == nil)
  }

  @Test("Replaces unsupported BTF kinds, and omits function info")
  func typeFeatures() throws {
    let options = {
      var options = LoadOptions()
      options.kernel = KernelSupport(types: BTFFeatures.dataSections.rawValue)
      return options
    }()
    let object = try ObjectFixture.object("counter").load(options)
    let (count, hits) = (try #require(object.programs["count"]), try #require(object.maps["hits"]))
    #expect(try Self.facts(count, hits) == ["count", "hits", "types"])
    #expect(try count.info().btfID == 0)
  }
}

extension OlderKernelTests {
  @Test("Replaces atomic additions with unused results, and rejects other atomics by name")
  func atomics() async throws {
    let plain = try ObjectFixture.object("counter")
    _ = try await OlderKernel.run(5, 10) { try plain.load(Self.options()) }
    let fetching = try ObjectFixture.object(
      source: """
        unsigned long long number;
        __attribute__((section("socket"), used)) int take(void *context) {
          return (int)__sync_fetch_and_add(&number, 1);
        }
        """)
    let error = try await OlderKernel.run(5, 11) {
      #expect(throws: BPFError.self) { try fetching.load(Self.options()) }
    }
    #expect(error?.code == .unsupported && error?.programName == "take")
    #expect(
      error?.explanation.hasPrefix("this kernel has no atomic operations beyond addition") == true)
    #expect(error?.explanation.contains("__ATOMIC_RELAXED") == true)
    _ = try await OlderKernel.run(5, 12) { try fetching.load(Self.options()) }
  }
}

@Suite("Kernel features", .kernel)
struct KernelFeatureTests {
  @Test("This kernel has every feature of its release", arguments: KernelFeature.allCases)
  func present(feature: KernelFeature) throws {
    let isThere = !KernelRelease.isOlder(than: feature.minimumKernelVersion)
    #expect(try feature.isSupported() == isThere)
    #expect(KernelSupport.running.lacks(feature) == !isThere)
  }

  @Test(
    "A release has its own features and those of earlier releases", .kernel(since: "5.13"),
    arguments: [
      (4, 14), (4, 15), (4, 17), (4, 18), (5, 1), (5, 2), (5, 4), (5, 5), (5, 10), (5, 11), (5, 12),
    ] as [(Int32, Int32)])
  func releases(major: Int32, minor: Int32) async throws {
    let found = try await OlderKernel.run(major, minor) { () throws -> Set<KernelFeature> in
      let kernel = KernelSupport()
      return Set(try KernelFeature.allCases.filter { (feature) throws in try kernel.has(feature) })
    }
    let expected = KernelFeature.allCases.filter { feature in
      let numbers = feature.minimumKernelVersion.split(separator: ".").compactMap { Int32($0) }
      return numbers.lexicographicallyPrecedes([major, minor]) || numbers == [major, minor]
    }
    #expect(found == Set(expected))
  }

  @Test("Names the memory limit only where it applies")
  func memoryLimit() {
    #expect(KernelSupport.running.memoryLimitAdvice == nil)
    let advice = KernelSupport(without: [.memoryAccounting]).memoryLimitAdvice
    // An unlimited process is not affected.
    #expect(advice?.contains("RLIMIT_MEMLOCK") != false && advice?.contains("5.11") != false)
  }
}
