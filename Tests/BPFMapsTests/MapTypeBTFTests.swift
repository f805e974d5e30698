//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BTF
import KernelFixtures
import Testing

@testable import BPFMaps

/// Compares the library's table of the types that accept BTF with the running kernel.
@Suite("Map types that accept BTF", .kernel)
struct MapTypeBTFTests {
  /// BTF with types of any size.
  private struct Types {
    private var builder = BTFBuilder()
    private let (integer, wide): (Int, Int)

    init() {
      integer = builder.add("int", .int(byteCount: 4, BTFType.IntegerEncoding(isSigned: true, bitCount: 32)))
      wide = builder.add("long", .int(byteCount: 8, BTFType.IntegerEncoding(isSigned: false, bitCount: 64)))
    }

    /// Returns a type for a key or value of a given size: an integer or a structure.
    mutating func type(byteCount: Int) -> UInt32 {
      switch byteCount {
      case 4: UInt32(integer)
      case 8: UInt32(wide)
      // The key of cgroup storage: a number, a type, and padding.
      case 16:
        structure(
          byteCount: 16,
          [
            BTFDefinition.Member("number", type: wide, bitOffset: 0),
            BTFDefinition.Member("type", type: integer, bitOffset: 64),
          ])
      default: structure(byteCount: byteCount)
      }
    }

    mutating func structure(byteCount: Int, _ members: [BTFDefinition.Member] = []) -> UInt32 {
      UInt32(builder.add("some_structure", .structure(byteCount: byteCount, members: members)))
    }

    func load() throws -> BTFHandle { try BTFHandle.load(builder.encoded()) }
  }

  @Test("Each map type accepts or refuses BTF as the table says", arguments: MapType.allKnown)
  func acceptance(type: MapType) throws {
    // struct_ops maps and instruction arrays have no types of their own.
    guard type != .structOps, type != .insnArray, try type.isSupported() else { return }
    let fixture = try MapTypeFixture(type)
    let map = fixture.map
    var types = Types()
    // Ring buffers accept types of no bytes.
    let key =
      type == .lpmTrie
      ? types.structure(byteCount: 8)
      : map.keySize > 0 || type.facts.isRing ? types.type(byteCount: map.keySize) : 0
    let value = types.type(byteCount: map.valueSize)
    let handle = try types.load()
    // The kernel sets this flag itself for some types, and refuses it from user space.
    var options = MapOptions(flags: map.flags.subtracting(type.facts.addedFlags))
    if type.facts.holdsMaps { options.innerMap = try MapHandle.fixture(.array) }
    let refusal = try handle.withFileDescriptor { descriptor throws -> BPFError? in
      options.btf = MapOptions.BTF(descriptor: descriptor, keyTypeID: key, valueTypeID: value)
      do throws(BPFError) {
        _ = try MapHandle(
          type: type, name: UniqueName.next(), keySize: map.keySize, valueSize: map.valueSize,
          maxEntries: map.maxEntries, options: options)
        return nil
      } catch {
        return error
      }
    }
    #expect((refusal == nil) == (type.facts.btf != .refused), "\(String(describing: refusal))")
    if let refusal { #expect(refusal.explanation.hasSuffix("map takes no BTF"), "\(refusal)") }
    withExtendedLifetime(fixture) {}
  }
}
