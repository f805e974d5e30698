//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFMaps
import BPFObjects
import BPFSyscall
import KernelFixtures
import Testing

@Suite("Map definitions in object files", .sources, .notEmulated(.asksNoKernel))
struct DeclaredMapTests {
  @Test("Reads every attribute")
  func declarations() throws {
    let file = try ObjectFixture.object("declarations")
    #expect(
      Set(file.maps.names) == [
        "pinned", "numbered", "events", "filter", "region", "inner_one", "inner_two", "outer", "templated",
        "jumps",
      ])
    #expect(file.license == "Dual BSD/GPL")

    let pinned = try #require(file.maps["pinned"])
    #expect(pinned.type == .hash && pinned.keySize == 8 && pinned.valueSize == 12)
    #expect(pinned.maxEntries == 100 && pinned.flags == .noPrealloc)
    #expect(pinned.pinning == .byName && pinned.pinPath == nil)
    #expect(file.types?[pinned.keyTypeID]?.name == "__u64")
    #expect(file.types?[pinned.valueTypeID]?.name == "place_t")

    let numbered = try #require(file.maps["numbered"])
    #expect(numbered.type == .array && numbered.keySize == 4 && numbered.valueSize == 16)
    #expect(numbered.flags == .numaNode && numbered.numaNode == 7 && numbered.pinning == .none)
    #expect(numbered.keyTypeID == 0 && numbered.valueTypeID == 0)

    let events = try #require(file.maps["events"])
    #expect(events.type == .ringBuf && events.keySize == 0 && events.maxEntries == 4096)
    let filter = try #require(file.maps["filter"])
    #expect(filter.type == .bloomFilter && filter.extra == 3 && filter.keySize == 0 && filter.valueSize == 4)
    let region = try #require(file.maps["region"])
    #expect(region.type == .arena && region.extra == 1 << 44 && region.flags == .mmapable)
  }

  @Test("Reads maps-in-maps and program arrays with their initial values")
  func initialValues() throws {
    let file = try ObjectFixture.object("declarations")
    let outer = try #require(file.maps["outer"])
    #expect(outer.type == .arrayOfMaps && outer.valueSize == 4)
    #expect(outer.initialValues == [1: .map("inner_two"), 3: .map("inner_one")])
    let template = try #require(outer.innerMap)
    #expect(template.name == "outer.inner" && template.type == .array && template.maxEntries == 5)
    #expect(file.types?[template.valueTypeID]?.name == "__u64")

    let templated = try #require(file.maps["templated"])
    #expect(templated.type == .hashOfMaps && templated.keySize == 8 && templated.initialValues.isEmpty)
    #expect(templated.innerMap?.keySize == 2 && templated.innerMap?.valueSize == 3)
    #expect(templated.innerMap?.maxEntries == 9 && templated.innerMap?.innerMap == nil)

    let jumps = try #require(file.maps["jumps"])
    #expect(jumps.type == .programArray && jumps.valueSize == 4 && jumps.innerMap == nil)
    #expect(jumps.initialValues == [2: .program("first")])
  }

  @Test("Reads legacy map definitions without BTF")
  func legacy() throws {
    let file = try ObjectFixture.object("legacy")
    #expect(file.maps.names == ["old_array", "old_hash"] && file.kernelVersion == 0x060102)
    let (array, hash) = (try #require(file.maps["old_array"]), try #require(file.maps["old_hash"]))
    #expect(array.kind == .legacy && array.type == .array && array.keySize == 4 && array.valueSize == 8)
    #expect(array.maxEntries == 5 && array.flags.isEmpty && array.keyTypeID == 0)
    #expect(hash.type == .hash && hash.keySize == 2 && hash.valueSize == 4 && hash.flags == .noPrealloc)
    #expect(file.types?[hash.keyTypeID]?.name == "unsigned short")
    #expect(file.types?[hash.valueTypeID]?.name == "__u32")
    let program = try #require(file.programs["probe"])
    #expect(program.type == .kprobe && program.attachTarget == "do_unlinkat")
    #expect(
      try file.linked("probe").references.map(\.reference) == [.map("old_hash"), .map("old_array")])
  }

  @Test("Rejects invalid definitions with the reason")
  func refusals() throws {
    let refused: [(members: String, reason: String)] = [
      ("int (*type)[1]; int (*colour)[3];", "the unknown member 'colour'"),
      ("int (*max_entries)[1];", "it has no type"),
      ("int (*type)[1]; unsigned key;", "'key' is not a pointer to a type with a size"),
      ("int (*type)[1]; void *key;", "'key' is not a pointer to a type with a size"),
      ("int (*type)[1]; int *key; int (*key_size)[8];", "it has keys of 4 bytes, and of 8"),
      ("int (*type)[1]; int *value; int (*value_size)[8];", "it has values of 4 bytes, and of 8"),
      ("int type;", "'type' is not a number"),
      ("int (*type)[1]; int (*values[])(void *);", "neither a map of maps nor an array of programs"),
      ("int (*type)[12]; int (*values[])(void *);", "'values' does not point to declarations of maps"),
      ("int (*type)[3]; int *values[];", "'values' does not point to functions"),
      ("int (*type)[1]; enum { big = 1ull << 33 } max_entries;", "'max_entries' does not fit into 32 bits"),
    ]
    for (members, reason) in refused {
      let source = "struct { \(members) } m __attribute__((section(\".maps\"), used));"
      let error = #expect(throws: BPFError.self) { try ObjectFixture.object(source: source) }
      #expect(error?.code == .malformed && error?.explanation.contains("map 'm'") == true)
      #expect(error?.explanation.contains(reason) == true, "\(error?.explanation ?? "") for: \(reason)")
    }
  }

  @Test("Errors name the maps that can be replaced by an existing one", .kernel)
  func existing() throws {
    var file = try ObjectFixture.object("counter")
    let refusal = #expect(throws: BPFError.self) {
      let map = try MapHandle(type: .hash, keySize: 4, valueSize: 8, maxEntries: 64)
      try file.use(existing: map, for: "hits")
      try file.use(existing: map, for: "misses")
    }
    #expect(refusal?.code == .notFound && refusal?.explanation.contains("it has 'hits'") == true)
    #expect(file.maps["hits"]?.existing != nil)
  }
}
