//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import BPFMaps
@testable import BPFSyscall

/// Tests that errors explain a refusal that the kernel reports only as `EINVAL`.
@Suite("Explanations of refused creations", .kernel)
struct CreationRefusalTests {
  /// A creation that the kernel refuses.
  struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var type: MapType
    var keySize = 4
    var valueSize = 8
    var maxEntries = 4
    var flags: MapCreateFlags = []
    var extra: UInt64 = 0
    var errno: Errno = .invalidArgument
    var code: BPFError.Code = .invalidArgument
    /// The texts that the explanation must contain.
    var parts: [String]
  }

  static let refusals = [
    Refusal(testDescription: "no entries", type: .hash, maxEntries: 0, parts: ["max_entries"]),
    Refusal(testDescription: "no key", type: .hash, keySize: 0, parts: ["key size"]),
    Refusal(testDescription: "no value", type: .array, valueSize: 0, parts: ["value size"]),
    Refusal(testDescription: "array with 8-byte keys", type: .array, keySize: 8, parts: ["key size", "4"]),
    Refusal(testDescription: "queue with keys", type: .queue, parts: ["key size", "0"]),
    Refusal(
      testDescription: "ring buffer below a page", type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: 1024,
      parts: ["power of two", "page"]),
    Refusal(
      testDescription: "ring buffer of three pages", type: .userRingBuf, keySize: 0, valueSize: 0,
      maxEntries: 3 * 65536, parts: ["power of two", "page"]),
    Refusal(
      testDescription: "ring buffer with values", type: .ringBuf, keySize: 0, valueSize: 8, maxEntries: 65536,
      parts: ["0"]),
    Refusal(
      testDescription: "LPM trie preallocated", type: .lpmTrie, keySize: 8, parts: ["BPF_F_NO_PREALLOC"]),
    Refusal(
      testDescription: "LPM trie without data", type: .lpmTrie, keySize: 4, flags: .noPrealloc,
      parts: ["prefix"]),
    Refusal(
      testDescription: "array not preallocated", type: .array, flags: .noPrealloc,
      parts: ["BPF_F_NO_PREALLOC"]),
    Refusal(
      testDescription: "LRU hash not preallocated", type: .lruHash, flags: .noPrealloc,
      errno: .notSupportedByKernel, code: .unsupported, parts: ["BPF_F_NO_PREALLOC"]),
    Refusal(
      testDescription: "per-CPU value over 32 KiB", type: .perCPUArray, valueSize: 40_000,
      errno: .argListTooLong, parts: ["32768", "40000"]),
    Refusal(testDescription: "stack trace of 12 bytes", type: .stackTrace, valueSize: 12, parts: ["8"]),
    Refusal(
      testDescription: "stack trace with 8-byte keys", type: .stackTrace, keySize: 8,
      parts: ["key size", "4"]),
    Refusal(
      testDescription: "program array of 8-byte values", type: .programArray, parts: ["value size", "4"]),
    Refusal(testDescription: "sockmap of 6-byte values", type: .sockMap, valueSize: 6, parts: ["4 or 8"]),
    Refusal(
      testDescription: "array of maps without a template", type: .arrayOfMaps, valueSize: 4, parts: ["inner"]),
    Refusal(
      testDescription: "storage without BTF", type: .skStorage, maxEntries: 0, flags: .noPrealloc,
      parts: ["BTF"]),
    Refusal(
      testDescription: "storage with entries", type: .taskStorage, maxEntries: 4, flags: .noPrealloc,
      parts: ["max_entries", "0"]),
    Refusal(
      testDescription: "arena not mmapable", type: .arena, keySize: 0, valueSize: 0, parts: ["BPF_F_MMAPABLE"]
    ),
    Refusal(
      testDescription: "arena at an odd address", type: .arena, keySize: 0, valueSize: 0, flags: .mmapable,
      extra: 4097, parts: ["page"]),
    Refusal(
      testDescription: "both read-only and write-only", type: .hash, flags: [.readOnly, .writeOnly],
      parts: ["BPF_F_RDONLY", "BPF_F_WRONLY"]),
    Refusal(
      testDescription: "read-only and write-only for programs", type: .hash,
      flags: [.readOnlyProgram, .writeOnlyProgram], parts: ["BPF_F_RDONLY_PROG"]),
    Refusal(
      testDescription: "an unknown flag", type: .hash, flags: MapCreateFlags(rawValue: 1 << 31),
      code: .unsupported, parts: ["0x80000000"]),
    Refusal(
      testDescription: "a Bloom filter of 16 hashes", type: .bloomFilter, keySize: 0, extra: 16, parts: ["15"]
    ),
    Refusal(testDescription: "map_extra for a hash", type: .hash, extra: 1, parts: ["map_extra"]),
    Refusal(
      testDescription: "an unknown type", type: MapType(rawValue: 200), code: .unsupported, parts: ["200"]),
    Refusal(
      testDescription: "sockhash with long keys", type: .sockHash, keySize: 600, valueSize: 4,
      errno: .argListTooLong, parts: ["512"]),
    Refusal(
      testDescription: "cpumap for more CPUs than may be", type: .cpuMap, valueSize: 4, maxEntries: 100_000,
      errno: .argListTooLong, parts: ["CPUs"]),
  ]

  @Test("The explanation names the violated rule", .kernel(since: "6.9"), arguments: refusals)
  func explained(refusal: Refusal) throws {
    let error = #expect(throws: BPFError.self) {
      try MapHandle(
        type: refusal.type, name: "refused", keySize: refusal.keySize, valueSize: refusal.valueSize,
        maxEntries: refusal.maxEntries, options: MapOptions(flags: refusal.flags, extra: refusal.extra))
    }
    #expect(error?.operation == .create)
    #expect(error?.errno == refusal.errno)
    #expect(error?.code == refusal.code)
    #expect(error?.mapName == "refused")
    let text = error?.description ?? ""
    for part in refusal.parts { #expect(text.contains(part), "\(text)") }
  }

  @Test("Types unknown to the kernel are unsupported", arguments: [1000, .max] as [UInt32])
  func unknownTypes(number: UInt32) throws {
    let type = MapType(rawValue: number)
    #expect(throws: BPFError.self) { try MapHandle(type: type, keySize: 4, valueSize: 4, maxEntries: 1) }
    #expect(try type.isSupported() == false)
  }

  // MARK: - Options

  /// Returns the explanation of the kernel's refusal to create a map.
  static func explanation(
    _ type: MapType, keySize: Int = 4, valueSize: Int = 4, maxEntries: Int = 1, _ options: MapOptions
  ) -> String {
    do throws(BPFError) {
      let map = try MapHandle(
        type: type, keySize: keySize, valueSize: valueSize, maxEntries: maxEntries, options: options)
      return "nothing was refused: \(map)"
    } catch {
      return error.explanation
    }
  }

  @Test("Does not blame valid options for an invalid flag")
  func validOptions() throws {
    let btf = try FixtureDescriptor.btf()
    let types = MapOptions.BTF(
      descriptor: btf.fileDescriptor, keyTypeID: FixtureBTF.int32, valueTypeID: FixtureBTF.int32)
    for options in [
      MapOptions(flags: .mmapable, numaNode: 0), MapOptions(flags: .mmapable, interfaceIndex: 1),
      MapOptions(flags: .mmapable, btf: types),
    ] {
      #expect(Self.explanation(.hash, options) == "a hash map does not take BPF_F_MMAPABLE")
    }
    #expect(Self.explanation(.hash, maxEntries: 0, MapOptions(btf: types)) == "max_entries must be above 0")
    withExtendedLifetime(btf) {}
  }

  @Test("Explains refused network devices and NUMA nodes")
  func devicesAndNodes() {
    #expect(
      Self.explanation(.hash, MapOptions(interfaceIndex: 1)).contains("network device 1 cannot hold maps"))
    #expect(
      Self.explanation(.hash, MapOptions(interfaceIndex: 999_999)).contains(
        "no network device with index 999999"))
    #expect(
      Self.explanation(.lpmTrie, keySize: 8, MapOptions(flags: .noPrealloc, interfaceIndex: 1)).contains(
        "only hash and array"))
    #expect(Self.explanation(.hash, MapOptions(numaNode: 63)).contains("NUMA node 63 is not online"))
    #expect(Self.explanation(.perCPUHash, MapOptions(numaNode: 0)).contains("BPF_F_NUMA_NODE"))
  }

  @Test("Explains descriptors of the wrong kind")
  func descriptors() throws {
    let (program, file) = (try FixtureDescriptor.program(), try FixtureDescriptor.temporaryFile())
    let types = MapOptions.BTF(descriptor: program.fileDescriptor, keyTypeID: 1, valueTypeID: 1)
    #expect(Self.explanation(.hash, MapOptions(btf: types)).contains("a BPF program, not a BTF object"))
    let closed = MapOptions.BTF(descriptor: FileDescriptor(rawValue: 9999), keyTypeID: 1, valueTypeID: 1)
    #expect(Self.explanation(.hash, MapOptions(btf: closed)).contains("is not open"))
    #expect(Self.explanation(.hash, MapOptions(valueTypeBTF: file.fileDescriptor)).contains("struct_ops"))
    #expect(Self.explanation(.hash, MapOptions(flags: .token)).contains("set by giving a token"))
    withExtendedLifetime((program, file)) {}
  }

  @Test("Explains refused BTF types")
  func types() throws {
    let btf = try FixtureDescriptor.btf()
    func types(_ key: UInt32, _ value: UInt32) -> MapOptions {
      MapOptions(btf: MapOptions.BTF(descriptor: btf.fileDescriptor, keyTypeID: key, valueTypeID: value))
    }
    let (int32, uint64) = (FixtureBTF.int32, FixtureBTF.uint64)
    #expect(
      Self.explanation(.hash, types(int32, uint64)).contains("do not have the sizes of key (4) and value (4)")
    )
    #expect(Self.explanation(.hash, types(int32, 0)).contains("requires BTF for the value"))
    #expect(Self.explanation(.hash, types(0, 0)).contains("the type of neither the key nor the value"))
    #expect(Self.explanation(.queue, keySize: 0, types(0, int32)).contains("a queue map takes no BTF"))
    #expect(Self.explanation(.hash, MapOptions(vmlinuxValueTypeID: 5)).contains("struct_ops"))
    withExtendedLifetime(btf) {}
  }

  @Test("Explains refused struct_ops maps")
  func structOps() throws {
    let btf = try FixtureDescriptor.btf()
    let options = MapOptions(
      btf: MapOptions.BTF(descriptor: btf.fileDescriptor, keyTypeID: 0, valueTypeID: 0), vmlinuxValueTypeID: 5
    )
    #expect(Self.explanation(.structOps, options).contains("type 5 of the kernel's BTF is not"))
    #expect(Self.explanation(.structOps, MapOptions()).contains("needs BTF"))
    withExtendedLifetime(btf) {}
  }

  @Test("Missing kernel features are unsupported, with the required and the running release")
  func lacking() throws {
    let release = KernelRelease.runningText
    let isOlder = KernelRelease.isOlder(than: "6.19")
    func failure(_ create: () throws -> Void) -> BPFError? {
      do { try create() } catch { return error as? BPFError }
      return nil
    }
    if try !MapType.insnArray.isSupported() {
      let error = failure { _ = try MapHandle(type: .insnArray, keySize: 4, valueSize: 16, maxEntries: 1) }
      #expect(error?.code == .unsupported && error?.errno == .invalidArgument)
      #expect(error?.explanation.hasPrefix("this kernel has no maps of type insn_array: ") == true)
      #expect(error?.explanation.contains("this is Linux \(release)") == isOlder)
    }
    let ring = failure {
      _ = try MapHandle(
        type: .ringBuf, keySize: 0, valueSize: 0, maxEntries: 65536,
        options: MapOptions(flags: .ringBufferOverwrite))
    }
    if isOlder {
      #expect(ring?.code == .unsupported)
      #expect(
        ring?.explanation
          == "this kernel does not know BPF_F_RB_OVERWRITE: it takes Linux 6.19 or later, and this is Linux \(release)"
      )
    } else {
      #expect(ring == nil)
    }
    // An error that holds for any kernel is reported first.
    let hash = failure { _ = try MapHandle.fixture(.hash, flags: .ringBufferOverwrite) }
    #expect(
      hash?.code == .invalidArgument && hash?.explanation == "a hash map does not take BPF_F_RB_OVERWRITE")
  }

  @Test("Does not blame a valid token", .kernel(since: "6.9"))
  func realToken() throws {
    let token = try FixtureDescriptor.loadingToken()
    let btf = try FixtureDescriptor.btf()
    let types = MapOptions.BTF(
      descriptor: btf.fileDescriptor, keyTypeID: FixtureBTF.int32, valueTypeID: FixtureBTF.uint64)
    #expect(
      Self.explanation(.hash, MapOptions(btf: types, token: token)).contains(
        "probably do not have the sizes"))
    withExtendedLifetime(btf) {}
  }

  @Test("Explains unexpected inner maps, and inner maps of unsuitable types")
  func innerMaps() throws {
    let (hash, programs) = (try MapHandle.fixture(.hash), try MapHandle.fixture(.programArray, valueSize: 4))
    #expect(Self.explanation(.hash, MapOptions(innerMap: hash)) == "a hash map takes no inner map")
    #expect(
      Self.explanation(.arrayOfMaps, MapOptions(innerMap: programs))
        == "a prog_array map cannot be an inner map")
  }

  @Test("Refuses a map-in-map as an inner map")
  func nestedTemplate() throws {
    let inner = try MapHandle.fixture(.hash)
    let outer = try MapHandle(
      type: .arrayOfMaps, keySize: 4, valueSize: 4, maxEntries: 1, options: MapOptions(innerMap: inner))
    let error = #expect(throws: BPFError.self) {
      try MapHandle(
        type: .arrayOfMaps, keySize: 4, valueSize: 4, maxEntries: 1, options: MapOptions(innerMap: outer))
    }
    #expect(error?.errno == .invalidArgument)
    #expect(error?.description.contains("inner map") == true)
  }
}
