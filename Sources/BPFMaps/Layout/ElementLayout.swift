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
@safe
public struct ElementLayout<Element: BitwiseCopyable>: Sendable {
  /// What there is to know. It is known for ever, so that nobody need count who refers to it: a layout is copied as a
  /// number is, and a typed map is no larger than what is passed in registers.
  @usableFromInline let facts: Unmanaged<LayoutFacts>

  /// The layout of elements that take some number of bytes.
  init(byteCount: Int) {
    self.init(LayoutFacts.of(Element.self, byteCount: byteCount))
  }

  @inlinable
  init(_ facts: LayoutFacts) { unsafe self.facts = .passUnretained(facts) }

  /// What there is to know, for those who count references.
  var known: LayoutFacts { unsafe facts.takeUnretainedValue() }

  /// Bytes of one element in the map.
  @inlinable public var byteCount: Int { unsafe facts._withUnsafeGuaranteedRef { $0.byteCount } }

  /// Bytes from one CPU's value to the next in a per-CPU map: ``byteCount`` rounded up to a multiple of 8.
  @inlinable var slotStride: Int { byteCount.roundedUpToSlot }

  /// Whether the kernel may read and write an element where it lies.
  @inlinable var isPlain: Bool { unsafe facts._withUnsafeGuaranteedRef { $0.isPlain } }

  /// Whether there are bytes to be made 0 or 1 before Swift reads.
  @inlinable package var hasBooleans: Bool { unsafe facts._withUnsafeGuaranteedRef { $0.hasBooleans } }

  /// Whether it is the layout of the same number of bytes.
  @inlinable
  func isSame(as other: ElementLayout) -> Bool { unsafe facts.toOpaque() == other.facts.toOpaque() }

  private var bytes: TypeBytes { unsafe facts._withUnsafeGuaranteedRef { $0.bytes } }
}

// MARK: - To the kernel

extension ElementLayout {
  /// Lends an element's bytes as the kernel shall see them, ``byteCount`` of them.
  @inlinable @inline(__always)
  func withBytes<R>(of element: Element, _ body: (UnsafeRawPointer) -> R) -> R {
    guard isPlain else { return unsafe withCleanBytes(of: element, body) }
    return unsafe withUnsafePointer(to: element) { unsafe body(UnsafeRawPointer($0)) }
  }

  @inlinable @inline(never)
  func withCleanBytes<R>(of element: Element, _ body: (UnsafeRawPointer) -> R) -> R {
    unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 16) { bytes in
      unsafe encode(element, into: bytes)
      // A temporary allocation has an address, also if it is empty.
      return unsafe body(UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped))
    }
  }

  /// Writes an element's bytes as the kernel shall see them into the first ``byteCount`` bytes of a buffer.
  @inlinable @inline(__always)
  func encode(_ element: Element, into bytes: UnsafeMutableRawBufferPointer) {
    unsafe withUnsafeBytes(of: element) { unsafe bytes.copyMemory(from: $0) }
    if !isPlain { unsafe clearPadding(of: bytes) }
  }

  /// Writes an element's bytes as the kernel shall see them into one of the slots of a per-CPU map.
  @inlinable @inline(__always)
  func encode(_ element: Element, inSlot index: Int, of slots: UnsafeMutableRawPointer) {
    let start = unsafe slots + index * slotStride
    unsafe encode(element, into: UnsafeMutableRawBufferPointer(start: start, count: byteCount))
  }

  /// Clears what belongs to no field in an element's bytes.
  @usableFromInline
  func clearPadding(of bytes: UnsafeMutableRawBufferPointer) {
    for range in self.bytes.padding { for offset in range { unsafe bytes[offset] = 0 } }
    let size = MemoryLayout<Element>.size
    if size < byteCount { for offset in size..<byteCount { unsafe bytes[offset] = 0 } }
  }
}

// MARK: - From the kernel

extension ElementLayout {
  /// Has `body` fill in an element's bytes.
  ///
  /// - Parameter body: returns 0 if it did, and else an errno.
  /// - Returns: the element if there is one, and what `body` returned.
  @inlinable @inline(__always)
  func decode(_ body: (UnsafeMutableRawPointer) -> CInt) -> (element: Element?, errno: CInt) {
    guard isPlain else { return unsafe decodeCopy(body) }
    return unsafe withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { element in
      let address = unsafe element.baseAddress.unsafelyUnwrapped
      let errno = unsafe body(UnsafeMutableRawPointer(address))
      return unsafe (errno == 0 ? address.pointee : nil, errno)
    }
  }

  @inlinable @inline(never)
  func decodeCopy(_ body: (UnsafeMutableRawPointer) -> CInt) -> (element: Element?, errno: CInt) {
    unsafe withUnsafeTemporaryAllocation(
      byteCount: Swift.max(byteCount, MemoryLayout<Element>.size), alignment: MemoryLayout<Element>.alignment
    ) { bytes in
      let address = unsafe bytes.baseAddress.unsafelyUnwrapped
      let errno = unsafe body(address)
      return unsafe (errno == 0 ? decode(UnsafeRawPointer(address)) : nil, errno)
    }
  }

  /// The element whose bytes are at an address, which need not be aligned.
  @inlinable @inline(__always)
  func decode(_ bytes: UnsafeRawPointer) -> Element {
    guard !hasBooleans else { return unsafe decodeBooleans(bytes) }
    return unsafe bytes.loadUnaligned(as: Element.self)
  }

  /// An element with fields that Swift must not see before they are 0 or 1.
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
