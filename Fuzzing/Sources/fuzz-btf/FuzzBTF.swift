//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFObjects
@testable import BTF
@testable import ELF
import FuzzSupport

/// Fuzzes BTF: reads types alone and over a base, walks them, writes them as C, and encodes them again. Reads bytes
/// after the object as `.BTF.ext`.
@main
enum FuzzBTF {
  /// The base of split BTF.
  static let base: BTFTypes = {
    var builder = BTFBuilder()
    let int = builder.add("int", .int(byteCount: 4, BTFType.IntegerEncoding(isSigned: true, bitCount: 32)))
    let pair = builder.add(
      "pair",
      .structure(
        byteCount: 8, members: [.init("a", type: int, bitOffset: 0), .init("b", type: int, bitOffset: 32)]))
    builder.add(.pointer(to: pair))
    builder.add("pair_t", .typedef(pair))
    guard let types = try? builder.types() else { preconditionFailure("the base is not valid BTF") }
    return types
  }()

  static func main() {
    Fuzzer.run { bytes in
      for base in [nil, base] {
        guard
          let types = Fuzzer.attempt(
            .malformed, body: { () throws(BPFError) in try BTFTypes(bytes, base: base) })
        else { continue }
        TypeWalk(types, values: bytes).walk()
        Fuzzer.use(types.cHeader())
        encode(types)
        if base == nil { readExtension(bytes, types) }
      }
    }
  }

  private static func encode(_ types: BTFTypes) {
    let copy = Fuzzer.attempt { () throws(BPFError) in try BTFTypes(types.encoded(), base: types.base) }
    Fuzzer.require(copy?.count == types.count, "a copy has other types")
    var builder = BTFBuilder(copying: types)
    let built = Fuzzer.attempt(.invalidArgument) { () throws(BPFError) in try builder.types() }
    Fuzzer.require(built == nil || built?.count == types.count, "a rebuilt copy has other types")
    builder.sanitize(for: [])
    Fuzzer.use(Fuzzer.attempt(.invalidArgument) { () throws(BPFError) in try builder.types() })
  }

  private static func readExtension(_ bytes: [UInt8], _ types: BTFTypes) {
    guard let end = FileParts.btfEnd(bytes), end < bytes.count else { return }
    let rest = ByteReader(Array(bytes[end...]), isSwapped: types.isByteSwapped)
    guard
      let found = Fuzzer.attempt(
        .malformed, .unsupported,
        body: { () throws(BPFError) in
          try BTFExtension(rest, types: types)
        })
    else { return }
    for relocation in found.coreRelocations.values.joined() { Fuzzer.use(relocation.description(in: types)) }
  }
}

@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: UInt32) -> Int {
  var mutator = Mutator(seed: seed)
  return mutator.mutate(.init(start: bytes, count: capacity), count: count, parts: FileParts.btf)
}
