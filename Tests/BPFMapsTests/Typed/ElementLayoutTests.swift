//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import Testing

@testable import BPFMaps

/// Tests the conversion of Swift values to a map's bytes and back, without the kernel.
@Suite("Element layouts")
struct ElementLayoutTests {
  static func layout<Element: BitwiseCopyable>(
    _ type: Element.Type, byteCount: Int? = nil
  ) -> ElementLayout<Element> {
    ElementLayout(byteCount: byteCount ?? MemoryLayout<Element>.stride)
  }

  /// Lends a value in memory that was filled with `garbage` before its fields were set.
  static func dirty<Element: BitwiseCopyable, R>(
    _ type: Element.Type, garbage: UInt8, _ set: (UnsafeMutablePointer<Element>) -> Void,
    _ body: (UnsafeMutablePointer<Element>) throws -> R
  ) rethrows -> R {
    try withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { memory in
      UnsafeMutableRawBufferPointer(memory).initializeMemory(as: UInt8.self, repeating: garbage)
      guard let element = memory.baseAddress else {
        preconditionFailure("a temporary allocation has an address")
      }
      set(element)
      return try body(element)
    }
  }

  /// Returns the value that starts at an offset of some bytes.
  static func decode<Element: BitwiseCopyable>(
    _ layout: ElementLayout<Element>, _ bytes: [UInt8], from offset: Int = 0
  ) -> Element? {
    bytes.withUnsafeBytes { bytes in bytes.baseAddress.map { layout.decode($0 + offset) } }
  }

  @Test("Padding becomes zero", arguments: [0x00, 0x55, 0xff] as [UInt8])
  func garbage(garbage: UInt8) {
    let layout = Self.layout(kf_gaps.self)
    Self.dirty(kf_gaps.self, garbage: garbage) { gaps in
      (gaps.pointee.kind, gaps.pointee.address, gaps.pointee.port) = (1, 0x0302_0104, 0x0605)
    } _: { gaps in
      // The test needs the garbage to be there.
      #expect(UnsafeRawPointer(gaps).load(fromByteOffset: 2, as: UInt8.self) == garbage)
      let bytes = layout.withBytes(of: gaps.pointee) { Array(UnsafeRawBufferPointer(start: $0, count: 12)) }
      #expect(bytes == [1, 0, 0, 0] + (0x0302_0104 as UInt32).bytes + (0x0605 as UInt16).bytes + [0, 0])
    }
  }

  @Test("A size below the stride is extended to the stride with zeros")
  func tail() {
    let layout = Self.layout(TypeBytesTests.Tail.self)
    let bytes = layout.withBytes(of: TypeBytesTests.Tail(number: 7, byte: 9)) {
      Array(UnsafeRawBufferPointer(start: $0, count: 16))
    }
    #expect(bytes == (7 as UInt64).bytes + [9, 0, 0, 0, 0, 0, 0, 0])
    let back = Self.decode(layout, bytes)
    #expect(back?.number == 7 && back?.byte == 9)
  }

  @Test("Types without padding or Booleans are used without a copy")
  func plain() {
    #expect(Self.layout(UInt64.self).isPlain)
    #expect(Self.layout(kf_flow.self).isPlain)
    #expect(Self.layout(IPv6Address.self).isPlain)
    #expect(Self.layout(TypeBytesTests.Tail.self, byteCount: 9).isPlain)
    #expect(!Self.layout(TypeBytesTests.Tail.self).isPlain)
    #expect(!Self.layout(kf_gaps.self).isPlain)
    #expect(!Self.layout(Bool.self).isPlain)
  }

  @Test("Reads any byte as a Bool", arguments: [0, 1, 2, 255] as [UInt8])
  func booleans(byte: UInt8) throws {
    let bytes: [UInt8] = [byte, 0, 0, 0, 5, 0, 0, 0]
    let verdict = try #require(Self.decode(Self.layout(kf_verdict.self), bytes))
    #expect(verdict.drop == (byte != 0) && verdict.count == 5)
    #expect(withUnsafeBytes(of: verdict) { $0[0] } == (byte == 0 ? 0 : 1))
  }

  @Test("Bytes may be unaligned")
  func unaligned() {
    let bytes: [UInt8] = [0xff] + (0x0102_0304_0506_0708 as UInt64).bytes
    #expect(Self.decode(Self.layout(UInt64.self), bytes, from: 1) == 0x0102_0304_0506_0708)
  }
}
