//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The layout of a Swift type's values in a map: the number of bytes, and the padding among them.
///
/// A value takes `MemoryLayout<Element>.stride` bytes, like the same structure in C. A map with
/// `MemoryLayout<Element>.size` bytes, without trailing padding, also matches. Padding is written as zeros, so keys
/// that are equal field by field are equal to the kernel, and no process memory leaks. Types without padding cost
/// nothing: the kernel reads the value in place. Values of other types are copied to the stack, where the padding is
/// cleared.
@safe
public struct ElementLayout<Element: BitwiseCopyable>: Sendable {
  /// The facts about the layout. They are never released, so references need no counting: a layout is copied like a
  /// number, and typed maps fit into registers.
  @usableFromInline let facts: Unmanaged<LayoutFacts>

  /// Creates the layout of elements with the given number of bytes.
  init(byteCount: Int) {
    self.init(LayoutFacts.of(Element.self, byteCount: byteCount))
  }

  @inlinable
  init(_ facts: LayoutFacts) { unsafe self.facts = .passUnretained(facts) }

  /// The facts about the layout, as a counted reference.
  var retainedFacts: LayoutFacts { unsafe facts.takeUnretainedValue() }

  /// The size of an element in the map, in bytes.
  @inlinable public var byteCount: Int { unsafe facts._withUnsafeGuaranteedRef { $0.byteCount } }

  /// The distance in bytes between two CPUs' values in a per-CPU map: ``byteCount`` rounded up to a multiple of 8.
  @inlinable var slotStride: Int { byteCount.roundedUpToSlot }

  /// Whether the kernel may read and write an element in place, without a copy.
  @inlinable var isPlain: Bool { unsafe facts._withUnsafeGuaranteedRef { $0.isPlain } }

  /// Whether the element has `Bool` fields, which must be 0 or 1 before Swift reads them.
  @inlinable package var hasBooleans: Bool { unsafe facts._withUnsafeGuaranteedRef { $0.hasBooleans } }

  /// Returns whether another layout has the same number of bytes.
  @inlinable
  func isSame(as other: ElementLayout) -> Bool { unsafe facts.toOpaque() == other.facts.toOpaque() }

  private var bytes: TypeBytes { unsafe facts._withUnsafeGuaranteedRef { $0.bytes } }
}

// MARK: - To the kernel

extension ElementLayout {
  /// Calls `body` with the ``byteCount`` bytes of an element, with zeroed padding.
  @inlinable @inline(__always)
  func withBytes<R, E: Error>(
    of element: Element, _ body: (UnsafeRawPointer) throws(E) -> R
  ) throws(E) -> R {
    guard isPlain else { return try unsafe withCleanBytes(of: element, body) }
    return try unsafe withUnsafePointer(to: element) { (element) throws(E) in
      try unsafe body(UnsafeRawPointer(element))
    }
  }

  @inlinable @inline(never)
  func withCleanBytes<R, E: Error>(
    of element: Element, _ body: (UnsafeRawPointer) throws(E) -> R
  ) throws(E) -> R {
    try unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { (bytes) throws(E) in
      unsafe encode(element, into: bytes)
      // A temporary allocation has an address, even if it is empty.
      return try unsafe body(UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped))
    }
  }

  /// Writes an element's bytes, with zeroed padding, to the first ``byteCount`` bytes of a buffer.
  @inlinable @inline(__always)
  func encode(_ element: Element, into bytes: UnsafeMutableRawBufferPointer) {
    unsafe withUnsafeBytes(of: element) { unsafe bytes.copyMemory(from: $0) }
    if !isPlain { unsafe clearPadding(of: bytes) }
  }

  /// Writes an element's bytes, with zeroed padding, to a slot of a per-CPU map.
  @inlinable @inline(__always)
  func encode(_ element: Element, inSlot index: Int, of slots: UnsafeMutableRawPointer) {
    let start = unsafe slots + index * slotStride
    unsafe encode(element, into: UnsafeMutableRawBufferPointer(start: start, count: byteCount))
  }

  /// Clears the padding in an element's bytes.
  @usableFromInline
  func clearPadding(of bytes: UnsafeMutableRawBufferPointer) {
    for range in self.bytes.padding { for offset in range { unsafe bytes[offset] = 0 } }
    let size = MemoryLayout<Element>.size
    if size < byteCount { for offset in size..<byteCount { unsafe bytes[offset] = 0 } }
  }
}

// MARK: - From the kernel

extension ElementLayout {
  /// Returns the element whose bytes `body` writes, or nil if there is none.
  ///
  /// - Parameter body: a closure that writes the bytes; returns false if it wrote none.
  @inlinable @inline(__always)
  func decode<E: Error>(
    _ body: (UnsafeMutableRawPointer) throws(E) -> Bool
  ) throws(E) -> Element? {
    guard isPlain else { return try unsafe decodeCopy(body) }
    return try unsafe withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { (element) throws(E) in
      let address = unsafe element.baseAddress.unsafelyUnwrapped
      return try unsafe body(UnsafeMutableRawPointer(address)) ? address.pointee : nil
    }
  }

  @inlinable @inline(never)
  func decodeCopy<E: Error>(
    _ body: (UnsafeMutableRawPointer) throws(E) -> Bool
  ) throws(E) -> Element? {
    try unsafe withUnsafeTemporaryAllocation(
      byteCount: Swift.max(byteCount, MemoryLayout<Element>.size), alignment: MemoryLayout<Element>.alignment
    ) { (bytes) throws(E) in
      let address = unsafe bytes.baseAddress.unsafelyUnwrapped
      return try unsafe body(address) ? decode(UnsafeRawPointer(address)) : nil
    }
  }

  /// Returns the element at an address, which need not be aligned.
  @inlinable @inline(__always)
  func decode(_ bytes: UnsafeRawPointer) -> Element {
    guard !hasBooleans else { return unsafe decodeBooleans(bytes) }
    return unsafe bytes.loadUnaligned(as: Element.self)
  }

  /// Returns an element with `Bool` fields. Nonzero bytes of these fields become 1 first, in a copy.
  @usableFromInline
  func decodeBooleans(_ bytes: UnsafeRawPointer) -> Element {
    let size = MemoryLayout<Element>.size
    return unsafe withUnsafeTemporaryAllocation(
      byteCount: size, alignment: MemoryLayout<Element>.alignment
    ) { copy in
      unsafe copy.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: size))
      for offset in self.bytes.booleans where unsafe copy[offset] > 1 { unsafe copy[offset] = 1 }
      return unsafe UnsafeRawBufferPointer(copy).load(as: Element.self)
    }
  }
}
