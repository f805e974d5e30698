//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFObjects
@testable import ELF
import FuzzSupport

/// Fuzzes the reader of ELF files: sections, symbols, relocations.
@main
enum FuzzELF {
  static func main() {
    Fuzzer.run { bytes in
      guard
        let file = Fuzzer.attempt(
          .malformed, .unsupported, body: { () throws(BPFError) in try ELFFile(bytes) })
      else { return }
      for section in file.sections {
        let contents = file.contents(of: section)
        Fuzzer.require(
          contents.count == section.byteCount || section.type == .zeros || section.index == 0,
          "section \(section.index) has \(contents.count) bytes")
        Fuzzer.use(
          (SectionRole(section), contents.slice.reduce(0, &+), contents.name(0), contents.doubleWord(0)))
        Fuzzer.use(SectionConvention.match(section.name))
        _ = Fuzzer.attempt(.malformed, .unsupported) { () throws(BPFError) in
          for relocation in try file.relocations(of: section) {
            Fuzzer.require(relocation.offset < section.byteCount, "a relocation is past the end")
            Fuzzer.use(file.symbols[relocation.symbol].name)
          }
        }
      }
      for symbol in file.symbols {
        Fuzzer.require(
          symbol.section < file.sections.count || symbol.section >= 0xff00,
          "\(symbol.name) has an invalid section")
      }
    }
  }
}

@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: UInt32) -> Int {
  var mutator = Mutator(seed: seed)
  return mutator.mutate(.init(start: bytes, count: capacity), count: count, parts: FileParts.elf)
}
