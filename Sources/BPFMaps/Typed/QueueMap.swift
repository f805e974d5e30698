//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A typed map whose elements have no keys.
public protocol KeylessMap<Value>: TypedMap {
  /// What elements hold.
  associatedtype Value: BitwiseCopyable

  /// How values lie in the map.
  var valueLayout: ElementLayout<Value> { get }
}

extension KeylessMap {
  /// Creates a map without keys.
  static func create(
    _ type: MapType, _ name: String, _ maxEntries: Int, _ options: MapOptions
  ) throws(BPFError) -> (MapHandle, ElementLayout<Value>) {
    let layout = try MapShape.layout(
      of: Value.self, as: .value, byteCount: MemoryLayout<Value>.stride, .create)
    let handle = try MapHandle(
      type: type, name: name, keySize: 0, valueSize: layout.byteCount, maxEntries: maxEntries,
      options: options)
    return (handle, layout)
  }

  /// Proves that an open map fits the type.
  static func prove(
    _ handle: MapHandle, _ type: MapType, _ checkingTypes: Bool
  ) throws(BPFError) -> ElementLayout<Value> {
    try MapShape(
      name: "\(Self.self)", type: type, keySizes: [0], valueSizes: MapShape.sizes(of: Value.self)
    ).prove(handle)
    if checkingTypes { try TypeProof(handle).prove(value: Value.self) }
    return try MapShape.layout(of: Value.self, as: .value, byteCount: handle.valueSize, .open)
  }
}

// MARK: - Queues and stacks

/// A typed map whose elements come out in an order: a queue or a stack.
public protocol OrderedMap<Value>: KeylessMap {}

extension OrderedMap {
  /// Adds an element.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation. Linux 4.20.
  ///
  /// - Parameters:
  ///   - value: the element.
  ///   - droppingOldest: whether to make room by dropping the element that was added first.
  /// - Throws: `BPFError`; `BPFError.Code.mapFull` if there is no room, `BPFError.Code.frozen`,
  ///   `BPFError.Code.readOnly`.
  @inlinable
  public func push(_ value: Value, droppingOldest: Bool = false) throws(BPFError) {
    let flags: MapFlags = droppingOldest ? .exist : []
    let errno = unsafe valueLayout.withBytes(of: value) { unsafe handle.update(at: nil, to: $0, flags) }
    if errno != 0 { throw handle.elementFailure(.update, errno, flags) }
  }

  /// Takes the next element out: of a queue the oldest, of a stack the newest.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_ELEM`. No allocation for values up to 1 KiB. Linux 4.20.
  ///
  /// - Returns: the element, or nil if there is none.
  /// - Throws: `BPFError`; `BPFError.Code.frozen`, `BPFError.Code.readOnly`.
  @inlinable
  public func pop() throws(BPFError) -> Value? {
    let (value, errno) = unsafe valueLayout.decode { unsafe handle.lookupAndDelete(at: nil, into: $0, []) }
    return try handle.outcome(.lookupAndDelete, errno, []) ? value : nil
  }

  /// The next element, which stays.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation for values up to 1 KiB. Linux 4.20.
  ///
  /// - Returns: the element that ``pop()`` would return, or nil if there is none.
  /// - Throws: `BPFError`; `BPFError.Code.writeOnly` if the handle may not read.
  @inlinable
  public func peek() throws(BPFError) -> Value? {
    let (value, errno) = unsafe valueLayout.decode { unsafe handle.lookup(at: nil, into: $0, []) }
    return try handle.outcome(.lookup, errno, []) ? value : nil
  }

  /// Takes all elements out, in the order in which they come. See ``MapHandle/drain()``.
  public func drain() throws(BPFError) -> TypedElements<Value> {
    let drained = try handle.drain()
    return TypedElements(drained.values, count: drained.count, valueLayout)
  }

  /// Deletes all elements. See ``MapHandle/deleteAll()``.
  ///
  /// - Returns: how many were deleted.
  @discardableResult
  public func deleteAll() throws(BPFError) -> Int { try handle.deleteAll() }
}

/// Values that come out in the order in which they went in.
///
/// ```swift
/// let jobs = try QueueMap<UInt32>(name: "jobs", maxEntries: 16)
/// try jobs.push(7)
/// while let job = try jobs.pop() { print(job) }
/// ```
public struct QueueMap<Value: BitwiseCopyable>: OrderedMap {
  /// The map under it.
  public let handle: MapHandle
  /// How values lie in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many elements it may hold, allocated at once.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the type cannot be a map's.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    (handle, valueLayout) = try Self.create(.queue, name, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    (self.handle, valueLayout) = (handle, try Self.prove(handle, .queue, checkingTypes))
  }
}

/// Values of which the last that went in comes out first.
public struct StackMap<Value: BitwiseCopyable>: OrderedMap {
  /// The map under it.
  public let handle: MapHandle
  /// How values lie in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``QueueMap/init(name:maxEntries:options:)``.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    (handle, valueLayout) = try Self.create(.stack, name, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    (self.handle, valueLayout) = (handle, try Self.prove(handle, .stack, checkingTypes))
  }
}
