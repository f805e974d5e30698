//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import BTF
import KernelFixtures
import Testing

@testable import BPFObjects

/// Relocations against the running kernel's types.
@Suite("CO-RE: the running kernel")
struct COREKernelTests {
  static let kernel = Result { try BTFTypes.vmlinux() }

  /// Returns the object with relocations of all kinds, and libbpf's log of loading it.
  static func fixture() throws -> (COREFixture, log: String) { try loaded.get() }

  private static let loaded = Result {
    try withTemporaryDirectory { directory in
      let object = directory.appending("relocations.o")
      let source = try KernelFile.bytes(of: ObjectFixture.source("relocations"))
      try Toolchain.compile(String(decoding: source, as: UTF8.self), to: object)
      let log = try withBPFFileSystem { pins in
        try Bpftool.diagnostics("prog", "loadall", object.string, pins.appending("programs").string)
      }
      return (try COREFixture(object: KernelFile.bytes(of: object)), log: log)
    }
  }

  @Test("Computes the same numbers as libbpf", .bpftool)
  func libbpf() throws {
    let (fixture, log) = try Self.fixture()
    var relocator = CORERelocator(local: fixture.types, target: try Self.kernel.get())
    var theirs = LibbpfRelocations()
    for line in log.split(separator: "\n") { theirs.read(line) }
    var count = 0
    for (section, relocations) in fixture.relocations {
      let expected = try #require(theirs.numbers[section], "\(section)")
      let ours = try fixture.relocated(section, by: &relocator)
      for (relocation, number) in zip(relocations, ours.numbers) {
        let expected = try #require(expected[relocation.instruction])
        #expect(number == expected, "\(relocation.description(in: fixture.types))")
        if let size = theirs.sizes[section]?[relocation.instruction] {
          #expect(ours.instructions[relocation.instruction].accessedByteCount == size)
        }
        count += 1
      }
      #expect(
        Set(ours.unresolved.map(\.relocation.instruction)).isSubset(
          of: expected.filter { $0.value == nil }.keys))
    }
    #expect(count > 130)
    #expect(theirs.sizes["raw_tp/6"]?.values.contains(2) == true)
  }

  @Test("Describes relocations", .bpftool)
  func descriptions() throws {
    let (fixture, _) = try Self.fixture()
    let descriptions = fixture.relocations.values.joined().map { $0.description(in: fixture.types) }
    for expected in [
      "<byte_off> struct task_struct.comm[3] (0:4:3 @ offset 35)",
      "<byte_off> struct sock.__sk_common.skc_v6_daddr.in6_u.u6_addr8[5] (0:0:3:0:1:5 @ offset 17)",
      "<lshift_u64> struct sk_buff.cloned (0:5 @ offset 12 bit 5)",
      "<byte_off> struct bpf_array[1].value (1:0 @ offset 4)",
      "<type_size> struct task_struct", "<type_matches> atomic_t", "<target_type_id> union bpf_attr",
      "<enumval_value> enum bpf_map_type.BPF_MAP_TYPE_ARRAY = 77",
    ] {
      #expect(descriptions.contains(expected), "\(expected)")
    }
  }

  @Test("The explanation of a poisoned instruction names the field", .kernel)
  func poison() throws {
    let (fixture, _) = try Self.fixture()
    var relocator = CORERelocator(local: fixture.types, target: try Self.kernel.get())
    let unresolved = try fixture.relocated("raw_tp/3", by: &relocator).unresolved
    #expect(
      unresolved.map(\.explanation).contains(
        "the field struct task_struct.no_such_field (0:10 @ offset 76): it is not in the kernel's BTF"))
  }
}

/// The relocations of each section according to libbpf's log.
private struct LibbpfRelocations {
  /// The new numbers by instruction, `nil` for poisoned ones.
  private(set) var numbers: [String: [Int: Int64?]] = [:]
  /// The new sizes of resized loads and stores.
  private(set) var sizes: [String: [Int: Int]] = [:]
  private var section = ""

  mutating func read(_ line: Substring) {
    if line.contains("CO-RE relocations"), let name = line.split(separator: "'").dropFirst().first {
      section = String(name)
    }
    guard let number = line.split(separator: "insn #").dropFirst().first?.prefix(while: \.isNumber),
      let index = Int(number)
    else { return }
    if line.contains("substituting insn") {
      numbers[section, default: [:]][index] = .some(nil)
    } else if let number = line.split(separator: " -> ").last, line.contains("patched insn") {
      if line.contains("mem_sz") {
        sizes[section, default: [:]][index] = Int(number)
      } else {
        numbers[section, default: [:]][index] = UInt64(number).map(Int64.init(bitPattern:))
      }
    }
  }
}
