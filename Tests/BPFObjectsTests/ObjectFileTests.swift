//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFInstructions
import BPFMaps
import BPFObjects
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

@Suite("Object files", .sources, .notEmulated(.asksNoKernel))
struct ObjectFileTests {
  @Test("Reads a minimal object in both byte orders", arguments: ["bpfel", "bpfeb"])
  func counter(target: String) throws {
    let file = try ObjectFixture.object("counter", target: target)
    #expect(file.name == "counter" && file.license == "GPL" && file.kernelVersion == nil)
    #expect(file.isByteSwapped == (target == "bpfeb"))
    #expect(file.maps.names == ["hits"] && file.variables.isEmpty && file.externs.isEmpty)

    let hits = try #require(file.maps["hits"])
    #expect(hits.kind == .declared && hits.type == .hash && hits.keySize == 4 && hits.valueSize == 8)
    #expect(hits.maxEntries == 64 && hits.flags.isEmpty && hits.isCreated)
    #expect(file.types?[hits.keyTypeID]?.name == "__u32" && file.types?[hits.valueTypeID]?.name == "__u64")

    let count = try #require(file.programs["count"])
    #expect(count.type == .schedCLS && count.expectedAttachType == nil && count.sectionName == "tc")
    #expect(count.isLoaded && count.flags.isEmpty && count.attachTarget == nil)

    let section = file.code[count.code.section]
    let function = section.functions[count.code.function]
    #expect(section.name == "tc" && function.range == 0..<section.instructions.count)
    #expect(function.name == "count" && function.linkage == .global)
    #expect(section.instructions.last == Instruction(opcode: 0x95))
    // Two helper calls take the map as an argument.
    #expect(section.references.map(\.reference) == [.map("hits"), .map("hits")])
    for reference in section.references { #expect(section.instructions[reference.instruction].isWideLoad) }
    #expect(file.types?[section.functionInfo[0].typeID]?.name == "count")
    #expect(section.lineInfo.first?.instruction == 0 && section.coreRelocations.isEmpty)
  }

  @Test("Maps and programs can be changed before loading")
  func changes() throws {
    var file = try ObjectFixture.object("counter")
    file.maps["hits"]?.maxEntries = 10
    file.maps["nothing"]?.maxEntries = 10
    file.programs["count"]?.isLoaded = false
    file.programs["count"]?.isSleepable = true
    #expect(file.maps["hits"]?.maxEntries == 10 && file.maps.count == 1)
    #expect(file.programs["count"]?.isLoaded == false && file.programs["count"]?.flags == .sleepable)
    file.maps["hits"] = nil
    #expect(file.maps.isEmpty)
  }

  @Test("Collections keep their order, and insert, replace and remove by name")
  func collections() throws {
    var maps = try ObjectFixture.object("declarations").maps
    let names = maps.names
    let (first, last) = (maps[0], try #require(maps.last))
    maps[last.name] = nil
    #expect(maps.names == names.dropLast() && maps[last.name] == nil)
    maps[last.name] = last
    #expect(maps.names == names && maps.index(named: last.name) == names.count - 1)
    // An element keeps its own name, regardless of the subscript's.
    maps[last.name] = first
    #expect(maps.names == names.dropLast() + [first.name] && maps[last.name] == nil)
    #expect(maps.index(named: first.name) == 0)
    maps["nothing"] = nil
    maps[1].maxEntries = 3
    #expect(maps[names[1]]?.maxEntries == 3 && maps.count == names.count)
  }

  @Test("The object's name is its file name up to the first dot")
  func paths() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("counter.bpf.o")
      try Toolchain.compile(try KernelFile.read(ObjectFixture.source("counter")), to: path)
      #expect(try ObjectFile(path).name == "counter")

      let missing = directory.appending("missing.o")
      let error = #expect(throws: BPFError.self) { try ObjectFile(missing) }
      #expect(error?.code == .notFound && error?.path == missing)

      let source = ObjectFixture.source("counter")
      let refusal = #expect(throws: BPFError.self) { try ObjectFile(source) }
      #expect(refusal?.code == .malformed && refusal?.path == source)
      #expect(refusal?.description.contains("not an ELF file") == true)
    }
  }
}
