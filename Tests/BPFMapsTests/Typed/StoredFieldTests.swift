//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import Testing

@testable import BPFMaps

/// Tests the two ways to find the fields of a type: the metadata, which the library uses, and mirrors, which replace it
/// if the standard library lacks the function.
@Suite("Stored fields")
struct StoredFieldTests {
  struct Flags: BitwiseCopyable { var first: Bool, second: (UInt8, Bool), third: UInt8, number: UInt32 }
  struct Wrapped: BitwiseCopyable { var tail: TypeBytesTests.Tail, last: UInt8 }
  struct Packet: BitwiseCopyable { var flow: kf_flow, address: IPv6Address, ports: InlineArray<2, UInt16> }
  struct Vector: BitwiseCopyable { var vector: SIMD4<Float>, number: UInt64 }

  /// Types whose fields take all bytes.
  static let dense: [any BitwiseCopyable.Type] = [
    UInt8.self, Int128.self, Double.self, (UInt32, UInt32).self, InlineArray<5, UInt16>.self,
    BigEndian<UInt16>.self, IPv6Address.self, AddressPrefix<IPv4Address>.self, kf_flow.self, kf_packed.self,
    Duration.self, CStorage<3, UInt32>.self, TypeBytesTests.Tail.self, TypeBytesTests.Empty.self, Flags.self,
    Wrapped.self, Packet.self,
  ]

  /// Types with padding between their fields.
  static let gapped: [any BitwiseCopyable.Type] = [
    TypeBytesTests.Between.self, TypeBytesTests.Nested.self, TypeBytesTests.Arrays.self, (UInt8, UInt32).self,
    InlineArray<2, (UInt8, UInt32)>.self, kf_gaps.self, kf_nested.self, kf_verdict.self,
  ]

  /// Types that cannot be in a map.
  static let refused: [any BitwiseCopyable.Type] = [
    TypeBytesTests.Verdict.self, TypeBytesTests.WithVerdict.self, TypeBytesTests.WithOptional.self,
    UnsafeRawPointer.self, InlineArray<2, TypeBytesTests.Verdict>.self,
  ]

  static func bytes<T: BitwiseCopyable>(_ type: T.Type, _ source: FieldSource) -> TypeBytes {
    TypeBytes.of(type, fields: source)
  }

  @Test("For types without padding, mirrors give the same bytes and leaves as the metadata")
  func dense() {
    for type in Self.dense {
      #expect(Self.bytes(type, .mirror) == Self.bytes(type, .metadata), "\(type)")
      #expect(
        TypeLeaf.of(swift: type, fields: .mirror) == TypeLeaf.of(swift: type, fields: .metadata), "\(type)")
    }
    for type in [SIMD3<UInt32>.self, Vector.self] as [any BitwiseCopyable.Type] {
      #expect(Self.bytes(type, .mirror) == Self.bytes(type, .metadata), "\(type)")
    }
    #expect(Self.bytes(Flags.self, .mirror).booleans == [0, 2])
    #expect(Self.bytes(Packet.self, .mirror).refusal == nil)
    #expect(TypeLeaf.of(swift: Packet.self, fields: .mirror).count > 3)
  }

  @Test("For types with padding, mirrors refuse and say what to do")
  func gapped() {
    for type in Self.gapped {
      #expect(Self.bytes(type, .metadata).refusal == nil, "\(type)")
      let refusal = Self.bytes(type, .mirror).refusal
      #expect(refusal?.hasPrefix("the padding of ") == true, "\(type)")
      #expect(refusal?.hasSuffix(" is unknown: declare it as fields, such as of UInt8") == true, "\(type)")
    }
  }

  @Test("Both ways refuse the same types for the same reason")
  func refused() {
    for type in Self.refused {
      #expect(Self.bytes(type, .mirror).refusal == Self.bytes(type, .metadata).refusal, "\(type)")
      #expect(Self.bytes(type, .mirror).refusal != nil, "\(type)")
    }
  }

  @Test("The library uses the metadata")
  func preferred() { #expect(FieldSource.preferred == .metadata) }
}
