//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import Testing

@testable import BPFMaps

/// Tests the analysis of the bytes of Swift and C types, without the kernel.
@Suite("Type bytes")
struct TypeBytesTests {
  struct Tail: BitwiseCopyable { var number: UInt64, byte: UInt8 }
  struct Between: BitwiseCopyable { var byte: UInt8, number: UInt32, short: UInt16 }
  struct Nested: BitwiseCopyable { var first: UInt8, tail: Tail, last: UInt8 }
  struct Arrays: BitwiseCopyable { var tails: InlineArray<3, Tail>, pair: (UInt8, UInt32) }
  struct Empty: BitwiseCopyable {}
  enum Verdict: UInt8, BitwiseCopyable { case pass, drop }
  struct WithVerdict: BitwiseCopyable { var verdict: Verdict }
  struct WithOptional: BitwiseCopyable { var number: UInt32? }
  @unsafe struct WithPointers: BitwiseCopyable { var optional: UnsafeRawPointer?, next: OpaquePointer? }
  struct WithFlags: BitwiseCopyable { var first: Bool, number: UInt32, second: (Bool, Bool) }

  @Test("Numbers, and types made of them, have no padding")
  func plain() {
    for bytes in [
      TypeBytes.of(UInt8.self), TypeBytes.of(Int128.self), TypeBytes.of(Double.self),
      TypeBytes.of((UInt32, UInt32).self), TypeBytes.of(InlineArray<5, UInt16>.self),
      TypeBytes.of(BigEndian<UInt16>.self), TypeBytes.of(IPv6Address.self),
      TypeBytes.of(AddressPrefix<IPv4Address>.self), TypeBytes.of(kf_flow.self), TypeBytes.of(kf_packed.self),
      TypeBytes.of(Duration.self),
    ] {
      #expect(bytes.padding.isEmpty && bytes.opaque.isEmpty && bytes.refusal == nil)
      #expect(bytes.size == bytes.stride)
    }
  }

  @Test("Finds padding between fields at any depth")
  func padding() {
    #expect(TypeBytes.of(Tail.self).padding == [])
    #expect(TypeBytes.of(Tail.self).size == 9 && TypeBytes.of(Tail.self).stride == 16)
    #expect(TypeBytes.of(Between.self).padding == [1..<4])
    #expect(TypeBytes.of(Nested.self).padding == [1..<8])
    #expect(TypeBytes.of(Arrays.self).padding == [9..<16, 25..<32, 41..<48, 49..<52])
    #expect(TypeBytes.of((UInt8, UInt32).self).padding == [1..<4])
  }

  @Test("The padding of C structures includes trailing padding")
  func cPadding() {
    #expect(TypeBytes.of(kf_gaps.self).padding == [1..<4, 10..<12])
    #expect(TypeBytes.of(kf_nested.self).padding == [1..<4, 10..<12, 13..<16, 22..<24, 27..<28])
    #expect(TypeBytes.of(kf_verdict.self).padding == [1..<4])
  }

  @Test("Refuses types with bit patterns that are invalid in Swift, and says why")
  func refusals() {
    #expect(TypeBytes.of(Verdict.self).refusal?.contains("raw value") == true)
    #expect(TypeBytes.of(WithVerdict.self).refusal?.contains("Verdict") == true)
    #expect(TypeBytes.of(WithOptional.self).refusal?.contains("Optional<UInt32>") == true)
    #expect(TypeBytes.of(InlineArray<2, Verdict>.self).refusal != nil)
    #expect(TypeBytes.of(UnsafeRawPointer.self).refusal != nil)
    #expect(TypeBytes.of(WithPointers.self).refusal == nil)
    #expect(TypeBytes.of(Empty.self).size == 0)
  }

  @Test("Marks bytes of unknown layout as opaque")
  func opaque() {
    #expect(TypeBytes.of(SIMD3<UInt32>.self).opaque == [0..<16])
    #expect(TypeBytes.of(SIMD3<UInt32>.self).refusal == nil)
  }

  @Test("Finds Bools, whose bytes are 0 or 1 in Swift but arbitrary in a map")
  func booleans() {
    #expect(TypeBytes.of(WithFlags.self).booleans == [0, 8, 9])
    #expect(TypeBytes.of(kf_verdict.self).booleans == [0])
    #expect(TypeBytes.of(InlineArray<3, Bool>.self).booleans == [0, 1, 2])
  }

  @Test("Returns the same result for a cached type")
  func cached() {
    #expect(TypeBytes.of(Nested.self) == TypeBytes.of(Nested.self))
  }
}
