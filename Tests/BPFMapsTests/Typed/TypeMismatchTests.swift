//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests types that do not fit a map, and types that fit no map.
@Suite("Type mismatches", .kernel)
struct TypeMismatchTests {
  enum Verdict: UInt8, BitwiseCopyable { case pass, drop }

  static func mismatch(_ body: () throws(BPFError) -> Void) -> String {
    do throws(BPFError) {
      try body()
      return "nothing was thrown"
    } catch {
      return error.code == .typeMismatch ? "\(error)" : "another error: \(error)"
    }
  }

  @Test("The error describes the map and the type")
  func both() throws {
    let handle = try MapHandle.fixture(.hash)
    let message = Self.mismatch { () throws(BPFError) in
      _ = try LRUHashMap<UInt16, (UInt32, UInt32, UInt32)>(handle)
    }
    #expect(message.contains("map '\(handle.name)' (id \(handle.id))"))
    #expect(message.contains("this is a hash map with 4-byte keys and 8-byte values"))
    #expect(
      message.contains(
        "LRUHashMap<UInt16, (UInt32, UInt32, UInt32)> needs an lru_hash map with 2-byte keys and 12-byte values"
      ))
  }

  @Test("Map type, key size, and value size must each fit")
  func each() throws {
    let hash = try MapHandle.fixture(.hash)
    let fits = try HashMap<UInt32, UInt64>(hash)
    #expect(fits.handle === hash)
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try HashMap<UInt64, UInt64>(hash) }.contains("8-byte keys"))
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try HashMap<UInt32, UInt32>(hash) }.contains("4-byte values")
    )
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try PerCPUHashMap<UInt32, UInt64>(hash) }.contains(
        "percpu_hash"))
    #expect(Self.mismatch { () throws(BPFError) in _ = try ArrayMap<UInt64>(hash) }.contains("an array map"))
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try QueueMap<UInt64>(hash) }.contains(
        "a queue map with 8-byte values"))
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try BloomFilter<UInt64>(hash) }.contains("bloom_filter"))
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try LPMTrieMap<IPv4Address, UInt64>(hash) }.contains(
        "lpm_trie"))
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try MappedArray<UInt64>(hash) }.contains("an array map"))
    let trie = try MapHandle.fixture(.lpmTrie)
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try LPMTrieMap<IPv6Address, UInt64>(trie) }.contains(
        "20-byte keys"))
  }

  @Test("The error for a type that cannot be a key or value says what to do")
  func types() {
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try HashMap<SIMD3<UInt32>, UInt32>(maxEntries: 1) }.contains(
        "padding"))
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try BloomFilter<SIMD3<UInt32>>(maxEntries: 1) }.contains(
        "padding"))
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try HashMap<UInt32, Verdict>(maxEntries: 1) }.contains(
        "raw value"))
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try ArrayMap<UInt32?>(maxEntries: 1) }.contains(
        "special value"))
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try HashMap<Void, UInt32>(maxEntries: 1) }.contains(
        "no bytes"))
    #expect(
      Self.mismatch { () throws(BPFError) in _ = try LPMTrieMap<WideAddress, UInt32>(maxEntries: 1) }
        .contains("alignment"))
  }

  @Test("A type that cannot be a key can be a value")
  func vector() throws {
    let map = try HashMap<UInt32, SIMD3<Float>>(maxEntries: 1)
    try map.update(1, to: [1, 2, 3])
    #expect(try map[1] == [1, 2, 3])
  }

  struct WideAddress: PrefixAddress {
    var number: UInt64
    init?(_ description: String) { return nil }
    var description: String { "" }
  }

  @Test("Opens typed maps by path and ID")
  func opening() throws {
    try withBPFFileSystem { directory in
      let map = try HashMap<UInt32, UInt64>(maxEntries: 4)
      try map.update(1, to: 5)
      try map.pin(at: directory.appending("typed"))
      #expect(try HashMap<UInt32, UInt64>(pinnedAt: directory.appending("typed"), access: .readOnly)[1] == 5)
      #expect(try HashMap<UInt32, UInt64>(id: map.id)[1] == 5)
      #expect(throws: BPFError.self) { try HashMap<UInt32, UInt32>(pinnedAt: directory.appending("typed")) }
      try map.unpin(from: directory.appending("typed"))
    }
  }
}
