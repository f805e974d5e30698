//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A typed map without keys.
public protocol KeylessMap<Value>: TypedMap {
  /// The type of the values.
  associatedtype Value: BitwiseCopyable

  /// The layout of values in the map.
  var valueLayout: ElementLayout<Value> { get }
}

extension KeylessMap {
  /// Creates a map without keys.
  static func create(
    _ type: MapType, _ name: String, _ maxEntries: Int, _ options: MapOptions
  ) throws(BPFError) -> (MapHandle, ElementLayout<Value>) {
    let layout = try MapShape.layout(
      of: Value.self, as: .value, byteCount: MemoryLayout<Value>.stride, .create)
    let handle = try MapHandle.create(
      type, name, key: Void.self, keySize: 0, value: Value.self, valueSize: layout.byteCount,
      maxEntries: maxEntries, options)
    if options.mayOpen { try LayoutCheck(handle).verify(value: Value.self) }
    return (handle, layout)
  }

  /// Verifies that an open map matches the type, and returns the layout of its values.
  static func verify(
    _ handle: MapHandle, _ type: MapType, _ checkingTypes: Bool
  ) throws(BPFError) -> ElementLayout<Value> {
    try MapShape(
      name: "\(Self.self)", type: type, keySizes: [0], valueSizes: MapShape.sizes(of: Value.self)
    ).verify(handle)
    if checkingTypes { try LayoutCheck(handle).verify(value: Value.self) }
    return try MapShape.layout(of: Value.self, as: .value, byteCount: handle.valueSize, .open)
  }
}

// MARK: - Queues and stacks

/// A typed map that returns its elements in insertion order or in reverse: a queue or a stack.
public protocol OrderedMap<Value>: KeylessMap {}

extension OrderedMap {
  /// Adds an element.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation. Linux 4.20.
  ///
  /// - Parameters:
  ///   - value: the element.
  ///   - droppingOldest: whether to drop the oldest element if the map is full.
  /// - Throws: `BPFError`; `.mapFull`, `.frozen`, `.readOnly`.
  @inlinable
  public func push(_ value: Value, droppingOldest: Bool = false) throws(BPFError) {
    let flags: MapFlags = droppingOldest ? .exist : []
    try unsafe valueLayout.withBytes(of: value) { (value) throws(BPFError) in
      try unsafe handle.update(at: nil, to: value, flags)
    }
  }

  /// Removes and returns the next element: the oldest of a queue, or the newest of a stack.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_AND_DELETE_ELEM`. No allocation for values up to 1 KiB. Linux 4.20.
  ///
  /// - Returns: the element, or nil if there is none.
  /// - Throws: `BPFError`; `.frozen`, `.readOnly`.
  @inlinable
  public func pop() throws(BPFError) -> Value? {
    try unsafe valueLayout.decode { (value) throws(BPFError) in
      try unsafe handle.lookupAndDelete(at: nil, into: value, [])
    }
  }

  /// Returns the next element without removing it.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation for values up to 1 KiB. Linux 4.20.
  ///
  /// - Returns: the element that ``pop()`` would return, or nil if there is none.
  /// - Throws: `BPFError`; `.writeOnly` if the handle may not read.
  @inlinable
  public func peek() throws(BPFError) -> Value? {
    try unsafe valueLayout.decode { (value) throws(BPFError) in
      try unsafe handle.lookup(at: nil, into: value, [])
    }
  }

  /// Removes and returns all elements, in pop order. See ``MapHandle/drain()``.
  public func drain() throws(BPFError) -> TypedElements<Value> {
    let drained = try handle.drain()
    return TypedElements(drained.values, count: drained.count, valueLayout)
  }

  /// Deletes all elements. See ``MapHandle/deleteAll()``.
  ///
  /// - Returns: the number of deleted elements.
  @discardableResult
  public func deleteAll() throws(BPFError) -> Int { try handle.deleteAll() }
}

/// A queue of values: first in, first out.
///
/// ```swift
/// let jobs = try QueueMap<UInt32>(name: "jobs", maxEntries: 16)
/// try jobs.push(7)
/// while let job = try jobs.pop() { print(job) }
/// ```
public struct QueueMap<Value: BitwiseCopyable>: OrderedMap {
  /// The underlying map.
  public let handle: MapHandle
  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }
  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of elements, all allocated in advance.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's value.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    (handle, valueLayout) = try Self.create(.queue, name, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    (self.handle, valueLayout) = (handle, try Self.verify(handle, .queue, checkingTypes))
  }
}

/// A stack of values: last in, first out.
public struct StackMap<Value: BitwiseCopyable>: OrderedMap {
  /// The underlying map.
  public let handle: MapHandle
  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }
  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``QueueMap/init(name:maxEntries:options:)``.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    (handle, valueLayout) = try Self.create(.stack, name, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    (self.handle, valueLayout) = (handle, try Self.verify(handle, .stack, checkingTypes))
  }
}
