//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// An array map in this process's memory. Reading an element is a memory load, not a system call.
///
/// Writes by programs and other processes are visible at once, and so are this process's writes to them. Elements of
/// 1, 2, 4 or 8 bytes are read and written whole. Larger elements are copied in words of up to 8 bytes, between which
/// others may write. ``atomics`` has atomic loads, stores and additions for numbers with several writers.
///
/// ```swift
/// let totals = try MappedArray<UInt64>(name: "totals", maxEntries: 16)
/// try totals.update(3, to: 40)
/// try totals.atomics.add(2, at: 3)
/// print(totals[3])
/// ```
///
/// The last copy of this value unmaps the memory. While the memory is mapped writable, the map cannot be frozen.
@safe
public struct MappedArray<Value: BitwiseCopyable>: TypedMap {
  // Four words, so that the array is passed in registers, and loops need no other memory.

  @usableFromInline let region: MappedRegion

  /// The address of the first element, valid while `region` exists.
  @usableFromInline nonisolated(unsafe) let base: UnsafeMutableRawPointer

  /// The number of elements.
  public let count: Int

  /// Whether one word-sized load reads an element.
  @usableFromInline let isWord: Bool

  /// The layout of values in the map.
  @inlinable public var valueLayout: ElementLayout<Value> { ElementLayout(region.valueFacts) }

  /// The underlying map.
  public var handle: MapHandle { region.handle }

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// Creates an array with `.mmapable`, and maps it.
  ///
  /// System calls: `BPF_BTF_LOAD`, `BPF_MAP_CREATE`, `BPF_OBJ_GET_INFO_BY_FD`, close(2), mmap(2). Linux 5.5.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the number of elements.
  ///   - options: the map's options; `.mmapable` is added to the flags.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's value.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    var options = options
    options.flags.insert(.mmapable)
    try self.init(ArrayMap<Value>(name: name, maxEntries: maxEntries, options: options).handle)
  }

  /// Maps an open array, writable if the kernel allows it, otherwise read-only. See
  /// ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    do throws(BPFError) {
      try self.init(handle, access: .readWrite, checkingTypes: checkingTypes)
    } catch {
      // A map that is frozen, or that programs may only read, can still be mapped read-only.
      guard error.errno == .notPermitted || error.errno == .permissionDenied else { throw error }
      try self.init(handle, access: .readOnly, checkingTypes: checkingTypes)
    }
  }

  /// Maps an open array.
  ///
  /// System calls: mmap(2). Linux 5.5.
  ///
  /// - Parameters:
  ///   - handle: an array created with `.mmapable`. Its ``MapHandle/access`` must be read-write: the kernel does not
  ///     map other descriptors, not even read-only.
  ///   - access: `.readWrite`, or `.readOnly`, which does not prevent freezing.
  ///   - checkingTypes: whether to compare the Swift type with the map's BTF.
  /// - Throws: `BPFError`; `.typeMismatch` if type or sizes do not match, `.unsupported` for a map without
  ///   `.mmapable`, `.frozen`, `.readOnly` and `.writeOnly`.
  public init(_ handle: MapHandle, access: MapAccess, checkingTypes: Bool = true) throws(BPFError) {
    let layout = try ArrayMap<Value>(handle, checkingTypes: checkingTypes).valueLayout
    region = try MappedRegion(handle, layout.retainedFacts, isWritable: access != .readOnly)
    unsafe base = region.base
    count = handle.maxEntries
    isWord = SharedMemory.isWord(layout)
  }

  /// Whether elements can be written through the mapping.
  public var isWritable: Bool { region.isWritable }
}

// MARK: - Elements

extension MappedArray: RandomAccessCollection {
  /// The first index, 0.
  @inlinable public var startIndex: Int { 0 }

  /// The index after the last, ``count``.
  @inlinable public var endIndex: Int { count }

  /// Returns the current element at an index. A memory load; no allocation for values up to 1 KiB.
  @inlinable
  public subscript(index: Int) -> Value {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "index out of range")
    return withExtendedLifetime(region) { load(index) }
  }

  /// Returns the element at an index below ``count``.
  @inlinable @inline(__always)
  func load(_ index: Int) -> Value {
    SharedMemory.isNumber(Value.self) || isWord ? unsafe SharedMemory.word(base, index) : loadWords(index)
  }

  @inlinable @inline(never)
  func loadWords(_ index: Int) -> Value {
    unsafe SharedMemory.loadWords(UnsafeRawPointer(base + index * region.stride), valueLayout)
  }

  /// An iterator over the elements, in the order of their indices.
  public struct Iterator: IteratorProtocol {
    @usableFromInline let array: MappedArray
    @usableFromInline var position = 0

    @inlinable
    init(_ array: MappedArray) { self.array = array }

    /// Returns the current value of the next element.
    @inlinable
    public mutating func next() -> Value? {
      guard position < array.count else { return nil }
      defer { position &+= 1 }
      return array[position]
    }
  }

  /// Returns an iterator over the elements, in the order of their indices.
  @inlinable
  public func makeIterator() -> Iterator { Iterator(self) }

  /// Sets the element at an index. A memory store, not a system call.
  ///
  /// - Throws: `BPFError`; `.outOfBounds`, `.readOnly`.
  @inlinable
  public func update(_ index: Int, to value: Value) throws(BPFError) {
    guard index >= 0, index < count else { throw region.outOfBounds(index) }
    guard region.isWritable else { throw region.readOnly() }
    withExtendedLifetime(region) {
      unsafe valueLayout.withBytes(of: value) { bytes in
        unsafe SharedMemory.store(bytes, valueLayout.byteCount, to: base + index * region.stride)
      }
    }
  }
}

// MARK: - The mapping

/// The mapped memory of an array map.
@usableFromInline
@safe final class MappedRegion: Sendable {
  private let mapping: OwnedMapping
  let handle: MapHandle

  /// The layout of values in the map.
  @usableFromInline let valueFacts: LayoutFacts

  /// The distance in bytes from one element to the next.
  @usableFromInline let stride: Int

  /// The address of the first element.
  @usableFromInline nonisolated(unsafe) let base: UnsafeMutableRawPointer

  /// Whether the memory is mapped writable.
  @usableFromInline let isWritable: Bool

  init(_ handle: MapHandle, _ valueFacts: LayoutFacts, isWritable: Bool) throws(BPFError) {
    guard handle.flags.contains(.mmapable) else {
      throw handle.failure(
        .map, .unsupported, nil, "only arrays created with BPF_F_MMAPABLE can be mapped, and this one was not"
      )
    }
    guard handle.access == .readWrite else {
      throw handle.failure(
        .map, handle.access == .readOnly ? .readOnly : .writeOnly, nil,
        "the kernel maps only descriptors that were opened read-write, not \(handle.access): open the map read-write"
      )
    }
    self.valueFacts = valueFacts
    stride = handle.valueSize.roundedUpToSlot
    // Both numbers come from the kernel, which has allocated that many bytes.
    let byteCount = Page.roundUp(handle.maxEntries * stride)
    do throws(Errno) {
      mapping = try OwnedMapping(handle.descriptor.borrowed, byteCount: byteCount, isWritable: isWritable)
    } catch {
      throw MappedRegion.failure(error, handle, isWritable)
    }
    unsafe base = mapping.base
    self.isWritable = isWritable
    self.handle = handle
  }

  private static func failure(_ errno: Errno, _ handle: MapHandle, _ isWritable: Bool) -> BPFError {
    if let shortage = OwnedMapping.shortage(errno) {
      return handle.failure(.map, .outOfResources, errno, shortage)
    }
    return switch errno {
    case .notPermitted where isWritable:
      handle.failure(.map, .frozen, errno, "the map is frozen: map it read-only")
    case .permissionDenied where isWritable:
      handle.failure(
        .map, .permissionDenied, errno,
        "programs may only read the map, so it can be mapped only read-only")
    default: handle.failure(.map, errno)
    }
  }

  @usableFromInline
  func outOfBounds(_ index: Int) -> BPFError {
    handle.failure(
      .update, .outOfBounds, nil,
      "the index \(index) lies beyond the end of the map (max_entries \(handle.maxEntries))")
  }

  @usableFromInline
  func readOnly() -> BPFError {
    handle.failure(.update, .readOnly, nil, "the map's memory is mapped read-only")
  }
}
