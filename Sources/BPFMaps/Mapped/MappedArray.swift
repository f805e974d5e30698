//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// An array map in this process's memory: reading an element is a memory load, and no system call.
///
/// What programs and other processes write is seen at once, and what is written here they see. Elements of 1, 2, 4
/// or 8 bytes are read and written whole; larger ones in words of up to 8 bytes, between which others may write. For
/// numbers that several change, ``atomics`` has loads, stores and additions.
///
/// ```swift
/// let totals = try MappedArray<UInt64>(name: "totals", maxEntries: 16)
/// try totals.update(3, to: 40)
/// try totals.atomics.add(2, at: 3)
/// print(totals[3])
/// ```
///
/// The memory is unmapped when the last copy of this value goes. As long as it is mapped writable, the map cannot be
/// frozen.
@safe
public struct MappedArray<Value: BitwiseCopyable>: TypedMap {
  // Four words, so that it is passed in registers, and a loop over it has all it needs there.

  @usableFromInline let region: MappedRegion

  /// The first element, which is there as long as `region` is.
  @usableFromInline nonisolated(unsafe) let base: UnsafeMutableRawPointer

  /// How many elements there are.
  public let count: Int

  /// Whether an element is read by a load of one word.
  @usableFromInline let isWord: Bool

  /// How values lie in the map.
  @inlinable public var valueLayout: ElementLayout<Value> { ElementLayout(region.valueFacts) }

  /// The map under it.
  public var handle: MapHandle { region.handle }

  /// Creates an array that can be mapped, and maps it.
  ///
  /// System calls: `BPF_MAP_CREATE`, `BPF_OBJ_GET_INFO_BY_FD`, mmap(2). Linux 5.5.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many elements it has.
  ///   - options: flags, to which `.mmapable` is added.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the type cannot be a map's.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    var options = options
    options.flags.insert(.mmapable)
    try self.init(ArrayMap<Value>(name: name, maxEntries: maxEntries, options: options).handle)
  }

  /// Maps an array that is open: writable if the kernel allows it, else to be read only.
  /// See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    do throws(BPFError) {
      try self.init(handle, access: .readWrite, checkingTypes: checkingTypes)
    } catch {
      // What is frozen, or not for programs to write, can still be read.
      guard error.errno == .notPermitted || error.errno == .permissionDenied else { throw error }
      try self.init(handle, access: .readOnly, checkingTypes: checkingTypes)
    }
  }

  /// Maps an array that is open.
  ///
  /// System calls: mmap(2). Linux 5.5.
  ///
  /// - Parameters:
  ///   - handle: an array created with `.mmapable`. Its own ``MapHandle/access`` must be read-write: the kernel maps
  ///     no other descriptor, also not to read.
  ///   - access: `.readWrite`, or `.readOnly`, which does not stand in the way of freezing.
  ///   - checkingTypes: whether to compare the Swift type with the map's BTF.
  /// - Throws: `BPFError`. `BPFError.Code.typeMismatch` if type or sizes do not fit, `BPFError.Code.unsupported` for
  ///   a map without `.mmapable`, `BPFError.Code.frozen`, `BPFError.Code.readOnly` and `BPFError.Code.writeOnly`.
  public init(_ handle: MapHandle, access: MapAccess, checkingTypes: Bool = true) throws(BPFError) {
    let layout = try ArrayMap<Value>(handle, checkingTypes: checkingTypes).valueLayout
    region = try MappedRegion(handle, layout.known, isWritable: access != .readOnly)
    unsafe base = region.base
    count = handle.maxEntries
    isWord = SharedMemory.isWord(layout)
  }

  /// Whether elements can be written through the memory.
  public var isWritable: Bool { region.isWritable }
}

// MARK: - Elements

extension MappedArray: RandomAccessCollection {
  /// The first index, 0.
  @inlinable public var startIndex: Int { 0 }

  /// The index after the last, ``count``.
  @inlinable public var endIndex: Int { count }

  /// The element at an index, as it is now. A memory load; no allocation for values up to 1 KiB.
  @inlinable
  public subscript(index: Int) -> Value {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "index out of range")
    return withExtendedLifetime(region) { load(index) }
  }

  /// The element at an index below ``count``.
  @inlinable @inline(__always)
  func load(_ index: Int) -> Value {
    SharedMemory.isNumber(Value.self) || isWord ? unsafe SharedMemory.word(base, index) : loadWords(index)
  }

  @inlinable @inline(never)
  func loadWords(_ index: Int) -> Value {
    unsafe SharedMemory.loadWords(UnsafeRawPointer(base + index * region.stride), valueLayout)
  }

  /// Reads the elements in their order.
  public struct Iterator: IteratorProtocol {
    @usableFromInline let array: MappedArray
    @usableFromInline var position = 0

    @inlinable
    init(_ array: MappedArray) { self.array = array }

    /// The next element, as it is now.
    @inlinable
    public mutating func next() -> Value? {
      guard position < array.count else { return nil }
      defer { position &+= 1 }
      return array[position]
    }
  }

  /// Reads the elements in their order.
  @inlinable
  public func makeIterator() -> Iterator { Iterator(self) }

  /// Sets the element at an index. A memory store, no system call.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.outOfBounds`, `BPFError.Code.readOnly`.
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

/// The memory of one array map.
@usableFromInline
@safe final class MappedRegion: Sendable {
  private let mapping: OwnedMapping
  let handle: MapHandle

  /// How values lie in the map.
  @usableFromInline let valueFacts: LayoutFacts

  /// Bytes from one element to the next.
  @usableFromInline let stride: Int

  /// The first element.
  @usableFromInline nonisolated(unsafe) let base: UnsafeMutableRawPointer

  /// Whether it may be written.
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
        "the kernel maps no descriptor that was opened \(handle.access), also not to read: open the map read-write"
      )
    }
    self.valueFacts = valueFacts
    stride = handle.valueSize.roundedUpToSlot
    // Both come from the kernel, which has allocated as many bytes.
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
    switch errno {
    case .notPermitted where isWritable:
      handle.failure(.map, .frozen, errno, "the map is frozen: it can be mapped to read only")
    case .permissionDenied where isWritable:
      handle.failure(
        .map, .permissionDenied, errno,
        "programs may only read the map, so that it can be mapped to read only")
    case .resourceTemporarilyUnavailable:
      handle.failure(.map, .outOfResources, errno, "the process may lock no more memory")
    case .noMemory: handle.failure(.map, .outOfResources, errno, "no address space is left, or no mapping")
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
    handle.failure(.update, .readOnly, nil, "the map's memory is mapped to read only")
  }
}
