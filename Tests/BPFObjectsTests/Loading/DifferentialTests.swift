//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

/// This library and bpftool load the same objects with the same result.
@Suite("Comparison with bpftool", .bpftool, .notEmulated(.takesLong))
struct DifferentialTests {
  @Test(
    "Programs have the same instructions, maps the same sizes and flags",
    arguments: objects.filter {
      !KernelRelease.isOlder(than: $0.value) && ($0.key != "kconfig" || Bpftool.findsKconfig)
    }
    .keys.sorted())
  func agreement(name: String) throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("\(name).bpf.o")
      try ObjectFixture.compile(name, to: path)
      let ours = try ObjectFile(path).load()
      try withBPFFileSystem { files in
        let pins = files.appending(name)
        try Bpftool.loadAll(path, at: pins)
        #expect(!ours.programs.isEmpty)
        var differences: [String] = []
        for (programName, program) in ours.programs {
          let theirs = try Program(pinnedAt: pins.appending(programName))
          differences += try Self.differences(program, theirs)
        }
        #expect(differences.isEmpty, "\(differences.prefix(8).joined(separator: "\n"))")
      }
    }
  }

  /// The objects, and the releases that they require.
  private static let objects = [
    "callbacks": "5.17", "core_enums": "6.0", "core_fields": "5.10", "core_types": "5.10", "counter": "5.10",
    "globals": "5.10", "inner_maps": "5.10", "iterators": "6.4", "kconfig": "5.10", "kfuncs": "6.4",
    "ksyms": "5.10", "ring_buffer": "5.14", "sections": "5.18", "spin_lock": "6.2", "struct_ops": "5.10",
    "subprograms": "5.10", "system_call": "5.14", "tail_calls": "5.10", "timers": "5.15", "xdp": "5.10",
  ]

  /// Returns the differences between two programs of the same name.
  private static func differences(_ ours: Program, _ theirs: Program) throws -> [String] {
    var differences: [String] = []
    func compare<T: Equatable>(_ what: String, _ our: T, _ their: T) {
      if our != their { differences.append("\(what) of \(ours.name): ours \(our), theirs \(their)") }
    }
    let (our, their) = (try ours.info(), try theirs.info())
    compare("type", our.type, their.type)
    compare("number of maps", our.mapIDs.count, their.mapIDs.count)
    compare("BTF target", our.attachBTFTypeID, their.attachBTFTypeID)
    let (ourMaps, theirMaps) = (
      try our.mapIDs.map { try facts(of: $0) }, try their.mapIDs.map { try facts(of: $0) }
    )
    compare("maps", ourMaps.sorted(), theirMaps.sorted())
    let (ourCode, theirCode) = (try instructions(of: ours), try instructions(of: theirs))
    #expect(!ourCode.isEmpty)
    compare("number of instructions", ourCode.count, theirCode.count)
    for (index, pair) in zip(ourCode, theirCode).enumerated() where pair.0 != pair.1 {
      compare("instruction \(index)", pair.0, pair.1)
    }
    return differences
  }

  private static func facts(of id: MapID) throws -> String {
    var info = try MapHandle(id: id).info()
    // Versions of libbpf differ in whether maps of only static constants are mappable.
    if info.flags.contains(.readOnlyProgram) { info.flags.remove(.mmapable) }
    return """
      \(info.name) \(info.type) \(info.keySize) \(info.valueSize) \(info.maxEntries) \(info.flags) \(info.extra) \
      \(info.btfKeyTypeID) \(info.btfValueTypeID != 0) \(info.btfID != 0)
      """
  }

  /// Returns the instructions with map names instead of map IDs.
  private static func instructions(of program: Program) throws -> [String] {
    let instructions = try program.translatedInstructions()
    return try instructions.enumerated().map { index, instruction in
      // Kernel addresses that the verifier inserts differ between loads.
      func isAddress(_ first: Int) -> Bool {
        guard instructions.indices.contains(first), first + 1 < instructions.count else { return false }
        let load = instructions[first]
        return load.opcode == 0x18 && load.source == 0 && instructions[first + 1].immediate < -1
      }
      if isAddress(index) || isAddress(index - 1) { return "address" }
      guard instruction.opcode == 0x18, 1...2 ~= instruction.source else { return "\(instruction)" }
      let map = try MapHandle(id: MapID(rawValue: UInt32(bitPattern: instruction.immediate)))
      return "load \(instruction.source) r\(instruction.destination) \(map.name)"
    }
  }
}
