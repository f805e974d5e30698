//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// The bytes of a BTF object and the ranges of its two sections. They are in an array, or mapped from the kernel.
struct BTFBytes: Sendable {
  private enum Memory: Sendable {
    case array([UInt8])
    case mapping(BTFMapping)
  }

  private var memory: Memory

  /// The range of the type section; set after reading the header.
  var types = 0..<0

  /// The range of the string section.
  var strings = 0..<0

  init(_ bytes: [UInt8]) { memory = .array(bytes) }

  init(_ mapping: BTFMapping) { memory = .mapping(mapping) }

  var count: Int { unsafe withBytes { $0.count } }

  /// Calls a closure with all bytes.
  @inline(__always)
  func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    switch memory {
    case .array(let bytes):
      try unsafe bytes.span.bytes.withUnsafeBytes { (bytes) throws(E) in try unsafe body(bytes) }
    case .mapping(let mapping): try unsafe mapping.withBytes(body)
    }
  }

  /// Returns a copy of a range, which must be within bounds.
  func copy(_ range: Range<Int>) -> [UInt8] {
    unsafe withBytes { unsafe Array(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// Swaps the byte order of the type section, which consists of 32-bit words.
  mutating func swapTypes() {
    var bytes = copy(0..<count)
    for offset in stride(from: types.lowerBound, to: types.upperBound - 3, by: 4) {
      bytes.swapAt(offset, offset + 3)
      bytes.swapAt(offset + 1, offset + 2)
    }
    memory = .array(bytes)
  }
}

/// A mapped file that does not change.
final class BTFMapping: Sendable {
  private let mapping: OwnedMapping

  init(_ mapping: consuming OwnedMapping) { self.mapping = mapping }

  @inline(__always)
  func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    // The mapping lives as long as this object, which outlives the call.
    let bytes = unsafe UnsafeRawBufferPointer(start: mapping.base, count: mapping.byteCount)
    return try unsafe body(bytes)
  }
}
