//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How the values of a Swift type lie in a map: how many bytes each takes there, and which of them are padding.
///
/// A value takes `MemoryLayout<Element>.stride` bytes, as the same structure does in C; a map whose bytes are
/// `MemoryLayout<Element>.size`, packed at the end, fits too. Padding is written as zeros, so that two keys that are
/// equal field by field are one key to the kernel, and nothing of the process's memory leaks. For types without
/// padding this costs nothing: the kernel reads the value where it lies. For others the value is copied, and the
/// padding cleared, on the stack.
public struct ElementLayout<Element: BitwiseCopyable>: Sendable {
  /// Bytes of one element in the map.
  public let byteCount: Int

  /// Whether the kernel may read and write an element where it lies.
  @usableFromInline let isPlain: Bool

  /// What is to be cleared before the kernel reads.
  @usableFromInline let padding: [Range<Int>]

  /// What is to be made 0 or 1 before Swift reads.
  @usableFromInline let booleans: [Int]

  /// The layout of elements that take some number of bytes.
  init(byteCount: Int, _ bytes: TypeBytes) {
    self.byteCount = byteCount
    padding = bytes.padding
    booleans = bytes.booleans
    isPlain = bytes.padding.isEmpty && bytes.booleans.isEmpty && bytes.size == byteCount
  }
}

// MARK: - To the kernel

extension ElementLayout {
  /// Lends an element's bytes as the kernel shall see them, ``byteCount`` of them.
  @inlinable
  func withBytes<R, E: Error>(
    of element: Element, _ body: (UnsafeRawPointer) throws(E) -> R
  ) throws(E) -> R {
    guard isPlain else { return try unsafe withCleanBytes(of: element, body) }
    return try unsafe withUnsafePointer(to: element) { (element) throws(E) in
      try unsafe body(UnsafeRawPointer(element))
    }
  }

  @inlinable
  func withCleanBytes<R, E: Error>(
    of element: Element, _ body: (UnsafeRawPointer) throws(E) -> R
  ) throws(E) -> R {
    let outcome: Result<R, E> = unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) {
      bytes in
      unsafe encode(element, into: bytes)
      // A temporary allocation has an address, also if it is empty.
      return Result { () throws(E) in
        try unsafe body(UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped))
      }
    }
    return try outcome.get()
  }

  /// Writes an element's bytes as the kernel shall see them into the first ``byteCount`` bytes of a buffer.
  @inlinable
  func encode(_ element: Element, into bytes: UnsafeMutableRawBufferPointer) {
    let size = MemoryLayout<Element>.size
    unsafe withUnsafeBytes(of: element) { unsafe bytes.copyMemory(from: $0) }
    guard !isPlain else { return }
    for range in padding { unsafe clear(bytes, range) }
    if size < byteCount { unsafe clear(bytes, size..<byteCount) }
  }

  @inlinable
  func clear(_ bytes: UnsafeMutableRawBufferPointer, _ range: Range<Int>) {
    for offset in range { unsafe bytes[offset] = 0 }
  }
}

// MARK: - From the kernel

extension ElementLayout {
  /// Has `body` fill in an element's bytes; nil if it has none.
  @inlinable
  func decode<E: Error>(
    _ body: (UnsafeMutableRawPointer) throws(E) -> Bool
  ) throws(E) -> Element? {
    let outcome: Result<Element?, E> = unsafe withUnsafeTemporaryAllocation(
      byteCount: Swift.max(byteCount, MemoryLayout<Element>.size), alignment: MemoryLayout<Element>.alignment
    ) { bytes in
      Result { () throws(E) in
        let address = unsafe bytes.baseAddress.unsafelyUnwrapped
        return try unsafe body(address) ? unsafe decode(UnsafeRawPointer(address)) : nil
      }
    }
    return try outcome.get()
  }

  /// The element whose bytes are at an address, which need not be aligned.
  @inlinable
  func decode(_ bytes: UnsafeRawPointer) -> Element {
    guard booleans.isEmpty else { return unsafe decodeBooleans(bytes) }
    return unsafe bytes.loadUnaligned(as: Element.self)
  }

  /// An element with fields that Swift must not see before they are 0 or 1.
  @usableFromInline
  func decodeBooleans(_ bytes: UnsafeRawPointer) -> Element {
    let size = MemoryLayout<Element>.size
    return unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: MemoryLayout<Element>.alignment) {
      copy in
      unsafe copy.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: size))
      for offset in booleans where unsafe copy[offset] > 1 { unsafe copy[offset] = 1 }
      return unsafe UnsafeRawBufferPointer(copy).load(as: Element.self)
    }
  }
}
