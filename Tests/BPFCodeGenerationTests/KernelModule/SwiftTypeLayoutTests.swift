//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFMaps
import BPFObjects
import BPFSyscall
import BTF
import Foundation
import KernelFixtures
import SystemPackage
import Testing

@testable import BPFCodeGeneration

/// Makes BTF of the types in `LayoutFixture.swift`, and compares it with their layouts on this machine.
@Suite("Layouts of Swift types", .sources)
struct SwiftTypeLayoutTests {
  private static let module = "LayoutKernel"
  private static let fixture = FilePath(#filePath).removingLastComponent().appending("LayoutFixture.swift")

  /// Returns an object with a map of each type as value.
  ///
  /// - Parameter runtime: a source for the module BPFKernel, if the types are of it.
  private func object(_ types: [String], runtime: String? = nil) throws -> [UInt8] {
    try withTemporaryDirectory { directory in
      let compiler = BitcodeCompiler(module: Self.module, directory: directory)
      if let runtime { try compiler.build(module: "BPFKernel", runtime) }
      let plan = try SwiftTypeLayoutPlan(types, module: Self.module, compiler.members(of: Self.fixture))
      let probe = try compiler.object(of: plan.probe, with: Self.fixture)
      let declarations = SwiftTypeLayoutDeclarations(try SwiftTypeLayouts(plan, probe: probe))
      var source = declarations.source
      for (index, type) in types.enumerated() {
        let name = try #require(declarations.typeName(of: type))
        source += """
          struct { int (*type)[1]; int (*max_entries)[4]; unsigned int *key; typeof(\(name)) *value; } map\(index)
          __attribute__((section(".maps")));

          """
      }
      return try compiler.object(ofC: source)
    }
  }

  private func structure(_ name: String, in object: [UInt8]) throws -> BTFType {
    let types = try #require(try ObjectFile(bytes: object, name: "layout").types)
    return try #require(types.find(.structure, named: name))
  }

  private func offsets(_ type: BTFType) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: type.members.map { ($0.name, $0.byteOffset) })
  }

  @Test("The fields of a structure have the offsets that they have on this machine")
  func counters() throws {
    let object = try object(["LayoutKernel.LayoutCounters"])
    let type = try structure("LayoutCounters", in: object)
    #expect(type.byteCount == MemoryLayout<LayoutCounters>.stride)
    let expected: [String: Int?] = [
      "packets": MemoryLayout<LayoutCounters>.offset(of: \.packets),
      "bytes": MemoryLayout<LayoutCounters>.offset(of: \.bytes),
      "address": MemoryLayout<LayoutCounters>.offset(of: \.address),
      "inner": MemoryLayout<LayoutCounters>.offset(of: \.inner),
      "afterInner": MemoryLayout<LayoutCounters>.offset(of: \.afterInner),
      "port": MemoryLayout<LayoutCounters>.offset(of: \.port),
      "comm": MemoryLayout<LayoutCounters>.offset(of: \.comm),
      "pair": MemoryLayout<LayoutCounters>.offset(of: \.pair),
      "afterPair": MemoryLayout<LayoutCounters>.offset(of: \.afterPair),
      "slots": MemoryLayout<LayoutCounters>.offset(of: \.slots),
      "inners": MemoryLayout<LayoutCounters>.offset(of: \.inners),
      "matrix": MemoryLayout<LayoutCounters>.offset(of: \.matrix),
      "default_": MemoryLayout<LayoutCounters>.offset(of: \.default),
      "isOpen": MemoryLayout<LayoutCounters>.offset(of: \.isOpen),
      "last": MemoryLayout<LayoutCounters>.offset(of: \.last),
    ]
    #expect(offsets(type) == expected.compactMapValues { $0 })
    #expect(expected.values.allSatisfy { $0 != nil })
  }

  @Test("Enumerations have their cases, and types without known parts their bytes")
  func others() throws {
    let object = try object(["LayoutKernel.LayoutOthers"])
    let type = try structure("LayoutOthers", in: object)
    #expect(type.byteCount == MemoryLayout<LayoutOthers>.stride)
    let members = Dictionary(uniqueKeysWithValues: type.members.map { ($0.name, $0.type) })
    let verdict = try #require(members["verdict"])
    #expect(
      verdict.enumerators.map(\.name) == [
        "LayoutVerdict_unknown", "LayoutVerdict_small", "LayoutVerdict_large",
      ])
    // The memory of an enumeration holds the index of the case.
    #expect(verdict.enumerators.map(\.value) == [0, 1, 2])
    #expect(verdict.byteCount == MemoryLayout<LayoutVerdict>.size)
    #expect(members["action"]?.byteCount == MemoryLayout<LayoutAction>.size)
    #expect(members["single"] == nil)
    #expect(members["maybe"]?.byteCount == MemoryLayout<UInt32?>.size)
    #expect(members["address"]?.kind == .pointer)
    #expect(members["actions"]?.byteCount == 2 * MemoryLayout<LayoutAction>.stride)
    #expect(members["wide"]?.byteCount == 16)
    let all = offsets(type)
    #expect(all["action"] == MemoryLayout<LayoutOthers>.offset(of: \.action))
    #expect(all["maybe"] == MemoryLayout<LayoutOthers>.offset(of: \.maybe))
    #expect(all["key"] == MemoryLayout<LayoutOthers>.offset(of: \.key))
    #expect(all["afterKey"] == MemoryLayout<LayoutOthers>.offset(of: \.afterKey))
    #expect(all["actions"] == MemoryLayout<LayoutOthers>.offset(of: \.actions))
    #expect(all["wide"] == MemoryLayout<LayoutOthers>.offset(of: \.wide))
    #expect(all["hidden"] == (MemoryLayout<LayoutOthers>.offset(of: \.wide) ?? 0) + 16)
  }

  @Test(
    "The library opens a map with the type on this machine, and bpftool prints its fields by name", .bpftool,
    .kernel)
  func kernel() throws {
    let object = try ObjectFile(
      bytes: object(["LayoutKernel.LayoutCounters", "(Swift.UInt32, Swift.UInt8)", "Swift.UInt64"]),
      name: "layout"
    ).load()
    let counters = try HashMap<UInt32, LayoutCounters>(#require(object.maps["map0"]))
    _ = try HashMap<UInt32, UInt64>(#require(object.maps["map2"]))
    let handle = try #require(object.maps["map0"])
    try handle.update([1, 0, 0, 0], to: [UInt8](0..<UInt8(handle.valueSize)))
    #expect(try handle.lookup([1, 0, 0, 0])?.count == MemoryLayout<LayoutCounters>.stride)
    #expect(try counters.count() == 1)
    let dump = try Bpftool.text("map", "dump", "id", "\(handle.id.rawValue)")
    for name in ["\"packets\":", "\"afterInner\":", "\"storage\":", "\"matrix\":", "\"y\":"] {
      #expect(dump.contains(name), "\(dump)")
    }
  }

  @Test("The kernel finds the lock of a locked value", .kernel)
  func lock() throws {
    let runtime = """
      public struct SpinLocked<Value: BitwiseCopyable>: BitwiseCopyable {
        var lock: UInt32
        public var value: Value
      }
      """
    let types = ["BPFKernel.SpinLocked<LayoutKernel.LayoutInner>"]
    let object = try ObjectFile(bytes: object(types, runtime: runtime), name: "locked").load()
    let map = try #require(object.maps["map0"])
    try map.update([0, 0, 0, 0], to: [0, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0], flags: .lock)
    // The kernel does not copy the lock, and refuses the flag without one.
    #expect(try map.lookup([0, 0, 0, 0], flags: .lock) == [0, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0])
  }

  @Test("A property with observers is refused with its name")
  func observers() throws {
    let error = #expect(throws: SwiftTypeLayoutError.self) { try object(["LayoutKernel.LayoutObserved"]) }
    #expect(
      error?.description.contains("LayoutKernel.LayoutObserved") == true, "\(String(describing: error))")
  }

  @Test(
    "A lock and a timer are the kernel's structures, which it finds by name, and addresses are those of the headers"
  )
  func kernelTypes() throws {
    let types = [
      "NetworkTypes.BigEndian<Swift.UInt16>", "NetworkTypes.IPv4Address", "BPFKernel.Timer",
      "__C.bpf_spin_lock",
    ]
    let plan = try SwiftTypeLayoutPlan(types, module: "M", SwiftTypeLayoutMembers([], demangled: [:]))
    #expect(plan.probe.isEmpty)
    let declarations = SwiftTypeLayoutDeclarations(try SwiftTypeLayouts(plan, probe: []))
    #expect(
      types.map(declarations.typeName) == [
        "__be16", "bpf_ipv4_addr", "struct bpf_timer", "struct bpf_spin_lock",
      ])
    let locked = try SwiftTypeLayoutPlan(
      ["BPFKernel.SpinLocked<Swift.UInt64>"], module: "M", SwiftTypeLayoutMembers([], demangled: [:]))
    // Another module's properties have no offsets to ask for.
    #expect(!locked.probe.swiftSource.contains(".lock"))
    #expect(locked.probe.swiftSource.contains("import BPFKernel\n"))
  }

  @Test("A function in a value is refused with the type")
  func function() throws {
    let error = #expect(throws: SwiftTypeLayoutError.self) {
      try SwiftTypeLayoutPlan(
        ["(Swift.Int) -> Swift.Int"], module: "M", SwiftTypeLayoutMembers([], demangled: [:]))
    }
    #expect(error?.description.contains("(Swift.Int) -> Swift.Int") == true)
  }

  @Test(
    "Names of types are read as the demangler writes them",
    arguments: [
      ("Swift.UInt32", "Swift.UInt32"),
      ("(x: Swift.UInt8, y: Swift.UInt32)", "(x: Swift.UInt8, y: Swift.UInt32)"),
      ("M.Space.(Key in _8332F467)", "M.Space.Key"),
      (
        "Swift.InlineArray<4, M.Pair<Swift.UInt8, (Swift.Int, M.A)>>",
        "Swift.InlineArray<4, M.Pair<Swift.UInt8, (Swift.Int, M.A)>>"
      ),
      ("Swift.UnsafePointer<Swift.UInt8>?", "Swift.Optional<Swift.UnsafePointer<Swift.UInt8>>"),
      ("__C.bpf_timer", "bpf_timer"),
      ("M.Outer<Swift.Int>.Inner", "M.Outer<Swift.Int>.Inner"),
    ])
  func names(_ text: String, _ spelling: String) { #expect(SwiftTypeLayoutName(text).spelling == spelling) }
}
