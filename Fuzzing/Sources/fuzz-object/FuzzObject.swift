//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFObjects
@testable import BTF
import FuzzSupport

/// Fuzzes whole objects: reads, inspects, links and relocates them, and prepares their types for the kernel.
@main
enum FuzzObject {
  static func main() {
    Fuzzer.run { bytes in
      linkStatically(bytes)
      guard
        var file = Fuzzer.attempt(
          .malformed, .unsupported,
          body: { () throws(BPFError) in
            try ObjectFile(bytes: bytes, name: "fuzzed")
          })
      else { return }
      look(at: &file)
      link(file)
      guard let types = file.types else { return }
      let encoded = Fuzzer.attempt { () throws(BPFError) in
        try BTFTypes(ObjectTypes.encoded(file, types))
      }
      Fuzzer.require(encoded != nil, "the types for the kernel are not valid BTF")
      var builder = BTFBuilder(copying: types)
      builder.sanitize(for: [])
      Fuzzer.use(Fuzzer.attempt(.invalidArgument) { () throws(BPFError) in try builder.encoded() })
    }
  }

  /// Links an object with itself, and reads what comes of it.
  private static func linkStatically(_ bytes: [UInt8]) {
    let linked = Fuzzer.attempt(
      .malformed, .unsupported, .alreadyExists, .typeMismatch, .invalidArgument, .outOfResources
    ) { () throws(BPFError) in
      var linker = ObjectLinker()
      for name in ["one", "two"] { try linker.add(bytes: bytes, name: name) }
      return try linker.linked()
    }
    guard let linked else { return }
    Fuzzer.use(
      Fuzzer.attempt(.malformed, .unsupported) { () throws(BPFError) in
        try ObjectFile(bytes: linked, name: "linked")
      })
  }

  private static func look(at file: inout ObjectFile) {
    Fuzzer.use((file.license, file.kernelVersion, file.exceptionCallbacks))
    for map in file.maps {
      Fuzzer.use(
        (file.kernelName(of: map), "\(map.type) \(map.flags)", map.innerMap?.name, map.initialValues))
      Fuzzer.require(file.maps[map.name] != nil, "\(map.name) is not found")
      if let type = file.types?[map.valueTypeID] { Fuzzer.use(type.text(map.contents.prefix(1024))) }
    }
    for extern in file.externs { Fuzzer.use((extern.kernelName, extern.type?.byteCount, extern.offset)) }
    // Reading a large zeroed variable allocates its memory.
    for variable in file.variables where variable.size <= 1 << 16 && variable.offset <= 1 << 16 {
      let value = Fuzzer.attempt { () throws(BPFError) in try file.variableBytes(variable.name) }
      guard let value, let type = variable.type else { continue }
      Fuzzer.use(type.text(value))
      Fuzzer.use(
        Fuzzer.attempt(.wrongSize) { () throws(BPFError) in
          try file.setVariable(variable.name, toBytes: value)
        })
    }
  }

  private static func link(_ file: ObjectFile) {
    for program in file.programs {
      Fuzzer.use(("\(program.type)", program.attachTarget, program.expectedAttachType))
      guard
        let linked = Fuzzer.attempt(
          .malformed, body: { () throws(BPFError) in try file.linked(program.name) })
      else { continue }
      for reference in linked.references {
        Fuzzer.require(
          linked.instructions.indices.contains(reference.instruction), "\(reference) is out of range")
      }
      for function in linked.functions {
        Fuzzer.require(function.range.upperBound <= linked.instructions.count, "\(function) is out of range")
      }
      Fuzzer.use(Fuzzer.attempt { () throws(BPFError) in try file.relocations(of: program.name) })
      guard let types = file.types else { continue }
      // The object's own types have everything it asks for, the fixture some of it.
      for target in [types, target] {
        var relocator = CORERelocator(local: types, target: target)
        var instructions = linked.instructions
        for relocation in linked.coreRelocations {
          Fuzzer.use(
            Fuzzer.attempt(.malformed, .ambiguous, .unsupported) { () throws(BPFError) in
              try relocator.apply([relocation], to: &instructions)
            })
        }
        Fuzzer.require(instructions.count == linked.instructions.count, "the number of instructions changed")
      }
    }
  }

  /// Some kernel types that the fixtures relocate against.
  private static let target: BTFTypes = {
    var builder = BTFBuilder()
    let int = builder.add("int", .int(byteCount: 4, BTFType.IntegerEncoding(isSigned: true, bitCount: 32)))
    let long = builder.add("long unsigned int", .int(byteCount: 8, BTFType.IntegerEncoding(bitCount: 64)))
    let char = builder.add("char", .int(byteCount: 1, BTFType.IntegerEncoding(isSigned: true, bitCount: 8)))
    let comm = builder.add(.array(of: char, index: int, count: 16))
    let list = builder.add(
      "list_head",
      .structure(
        byteCount: 16, members: [.init("next", type: 6, bitOffset: 0), .init("prev", type: 6, bitOffset: 64)])
    )
    builder.add(.pointer(to: list))
    let weight = builder.add(
      "load_weight", .structure(byteCount: 8, members: [.init("weight", type: long, bitOffset: 0)]))
    let entity = builder.add(
      "sched_entity", .structure(byteCount: 8, members: [.init("load", type: weight, bitOffset: 0)]))
    builder.add(
      "task_struct",
      .structure(
        byteCount: 128,
        members: [
          .init("__state", type: long, bitOffset: 0), .init("se", type: entity, bitOffset: 64),
          .init("pid", type: int, bitOffset: 128), .init("tgid", type: int, bitOffset: 160),
          .init("sched_reset_on_fork", type: int, bitOffset: 193, bitCount: 1),
          .init("children", type: list, bitOffset: 256), .init("comm", type: comm, bitOffset: 384),
          .init("real_parent", type: 10, bitOffset: 512),
        ]))
    builder.add(.pointer(to: 9))
    builder.add("pid_t", .typedef(int))
    builder.add(
      "hrtimer_base_type",
      .enumeration([
        .init(name: "HRTIMER_BASE_MONOTONIC", value: 0), .init(name: "HRTIMER_BASE_REALTIME", value: 1),
      ]))
    guard let types = try? builder.types() else { preconditionFailure("the target is not valid BTF") }
    return types
  }()
}

@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: UInt32) -> Int {
  var mutator = Mutator(seed: seed)
  return mutator.mutate(.init(start: bytes, count: capacity), count: count, parts: FileParts.elf)
}
