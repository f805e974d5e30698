//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A typed map that holds kernel objects, which are passed as descriptors.
///
/// A descriptor is borrowed for the call. The map refers to the object itself, so the descriptor may be closed
/// afterwards. Sockets are the exception: they leave the map when they are closed.
public protocol ObjectMap<Key>: TypedMap {
  /// The type of the keys.
  associatedtype Key: BitwiseCopyable

  /// The layout of keys in the map.
  var keyLayout: ElementLayout<Key> { get }
}

extension ObjectMap {
  /// Sets the object of a key.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - object: an open descriptor of an object that the map holds: a program, a perf event, a control group, a
  ///     socket.
  ///   - flags: for maps of sockets, `.noExist` to insert only, `.exist` to replace only. Other maps accept none.
  /// - Throws: `BPFError`; `.wrongObject` for a descriptor of another kind of object, `.invalidArgument` for one that
  ///   is not open, or whose object the map does not accept; `.outOfBounds` for an index beyond the end, `.mapFull`,
  ///   `.alreadyExists` with `.noExist`, `.notFound` with `.exist`, `.busy` for a socket that is already in such an
  ///   array, `.frozen`, `.readOnly`.
  public func update(_ key: Key, to object: FileDescriptor, flags: MapFlags = []) throws(BPFError) {
    do throws(BPFError) {
      if handle.valueSize == MemoryLayout<Int64>.size {
        try unsafe handle.update(key, keyLayout, to: Int64(object.rawValue), flags)
      } else {
        try unsafe handle.update(key, keyLayout, to: object.rawValue, flags)
      }
    } catch {
      throw handle.failure(error, given: object)
    }
  }
}

extension ObjectMap where Self: IndexedMap {
  /// Sets the object at an index. See ``ObjectMap/update(_:to:flags:)-(Self.Key,_,_)``.
  public func update(_ index: Int, to object: FileDescriptor, flags: MapFlags = []) throws(BPFError) {
    try update(key(index), to: object, flags: flags)
  }
}

// MARK: - Write-only arrays

/// A typed map that stores objects by index, from 0 to below ``TypedMap/maxEntries``, without look-ups.
///
/// User space can store and delete objects. The kernel does not show which indices hold one.
public protocol WriteOnlyArray: ObjectMap where Key == UInt32 {}

extension WriteOnlyArray {
  /// The layout of keys in the map: 32-bit indices.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Sets the object at an index. See ``ObjectMap/update(_:to:flags:)-(Self.Key,_,_)``.
  public func update(_ index: Int, to object: FileDescriptor, flags: MapFlags = []) throws(BPFError) {
    try update(UInt32(exactly: index) ?? .max, to: object, flags: flags)
  }

  /// Deletes the object at an index.
  ///
  /// System calls: one, `BPF_MAP_DELETE_ELEM`. No allocation.
  ///
  /// - Returns: false if there was none. An xskmap cannot tell, and returns true for every index below its end.
  /// - Throws: `BPFError`; `.frozen` and `.readOnly`.
  @discardableResult
  public func delete(_ index: UInt32) throws(BPFError) -> Bool {
    try unsafe keyLayout.withBytes(of: index) { (key) throws(BPFError) in try unsafe handle.delete(at: key) }
  }

  /// Deletes the object at an index. Returns false if there was none. See ``WriteOnlyArray/delete(_:)-(UInt32)``.
  @discardableResult
  public func delete(_ index: Int) throws(BPFError) -> Bool { try delete(UInt32(exactly: index) ?? .max) }

  /// Deletes all objects. See ``MapHandle/deleteAll()``.
  ///
  /// System calls: one `BPF_MAP_DELETE_ELEM` for each index.
  ///
  /// - Returns: the number of deleted objects; for an xskmap, the number of its indices.
  @discardableResult
  public func deleteAll() throws(BPFError) -> Int { try handle.deleteAll() }
}

// MARK: - Elements of fixed size

extension ElementLayout where Element == UInt32 {
  /// The layout of indices and other 32-bit numbers.
  static var index: ElementLayout<UInt32> {
    ElementLayout(byteCount: MemoryLayout<UInt32>.size)
  }
}

extension MapHandle {
  /// Sets the value of a key. `Value` must be as large as the map's values, and without padding.
  @unsafe func update<Key, Value: BitwiseCopyable>(
    _ key: Key, _ keyLayout: ElementLayout<Key>, to value: Value, _ flags: MapFlags
  ) throws(BPFError) {
    try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
      try unsafe withUnsafePointer(to: value) { (value) throws(BPFError) in
        try unsafe update(at: key, to: value, flags)
      }
    }
  }

  /// Copies the value of a key into a value of the same size as the map's. Returns false if the key is not in the map.
  @unsafe func lookup<Key, Value: BitwiseCopyable>(
    _ key: Key, _ keyLayout: ElementLayout<Key>, into value: inout Value
  ) throws(BPFError) -> Bool {
    try unsafe withUnsafeMutablePointer(to: &value) { (value) throws(BPFError) in
      try unsafe keyLayout.withBytes(of: key) { (key) throws(BPFError) in
        try unsafe lookup(at: key, into: value, [])
      }
    }
  }
}
