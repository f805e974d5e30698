//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A typed map that holds objects of the kernel, which are given to it as descriptors.
///
/// A descriptor is borrowed for the call. The map keeps the object itself, so that the descriptor may be closed
/// afterwards; sockets alone leave their maps when they are closed.
public protocol ObjectMap<Key>: TypedMap {
  /// What objects are found by.
  associatedtype Key: BitwiseCopyable

  /// How keys lie in the map.
  var keyLayout: ElementLayout<Key> { get }
}

extension ObjectMap {
  /// Puts an object into the map in place of the one that may be there.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation.
  ///
  /// - Parameters:
  ///   - key: where to put it.
  ///   - object: an open descriptor of what the map holds: a program, a perf event, a control group, a socket.
  ///   - flags: for maps of sockets `.noExist` only to insert, `.exist` only to replace; others take none.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a descriptor of something else and
  ///   `BPFError.Code.invalidArgument` for one that is not open, or whose object does not fit;
  ///   `BPFError.Code.outOfBounds` for an index beyond the end, `BPFError.Code.mapFull`,
  ///   `BPFError.Code.alreadyExists` with `.noExist`, `BPFError.Code.notFound` with `.exist`,
  ///   `BPFError.Code.busy` for a socket that is in such an array already, `BPFError.Code.frozen`,
  ///   `BPFError.Code.readOnly`.
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
  /// Puts an object at an index. See ``ObjectMap/update(_:to:flags:)-(Self.Key,_,_)``.
  public func update(_ index: Int, to object: FileDescriptor, flags: MapFlags = []) throws(BPFError) {
    try update(key(index), to: object, flags: flags)
  }
}

// MARK: - Objects that are not shown again

/// A typed map that takes objects by index, from 0 to below ``TypedMap/maxEntries``, and shows none of them.
///
/// User space can put objects in and delete them. Which indices hold one, the kernel does not tell.
public protocol WriteOnlyArray: ObjectMap where Key == UInt32 {}

extension WriteOnlyArray {
  /// How keys lie in the map: 32-bit indices.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Puts an object at an index. See ``ObjectMap/update(_:to:flags:)-(Self.Key,_,_)``.
  public func update(_ index: Int, to object: FileDescriptor, flags: MapFlags = []) throws(BPFError) {
    try update(UInt32(exactly: index) ?? .max, to: object, flags: flags)
  }

  /// Deletes the object at an index.
  ///
  /// System calls: one, `BPF_MAP_DELETE_ELEM`. No allocation.
  ///
  /// - Returns: false if there was none. An xskmap does not tell, and answers true below its end.
  /// - Throws: `BPFError`; `BPFError.Code.frozen` and `BPFError.Code.readOnly`.
  @discardableResult
  public func delete(_ index: UInt32) throws(BPFError) -> Bool {
    let errno = unsafe keyLayout.withBytes(of: index) { unsafe handle.delete(at: $0) }
    return try handle.deletionOutcome(errno)
  }

  /// Deletes the object at an index; false if there was none. See ``WriteOnlyArray/delete(_:)-(UInt32)``.
  @discardableResult
  public func delete(_ index: Int) throws(BPFError) -> Bool { try delete(UInt32(exactly: index) ?? .max) }

  /// Deletes all objects. See ``MapHandle/deleteAll()``.
  ///
  /// System calls: one `BPF_MAP_DELETE_ELEM` for each index.
  ///
  /// - Returns: how many were deleted; of an xskmap, how many indices it has.
  @discardableResult
  public func deleteAll() throws(BPFError) -> Int { try handle.deleteAll() }
}

// MARK: - Elements of known size

extension ElementLayout where Element == UInt32 {
  /// Of indices, and of other numbers of 32 bits.
  static var index: ElementLayout<UInt32> {
    ElementLayout(byteCount: MemoryLayout<UInt32>.size)
  }
}

extension MapHandle {
  /// Sets the value of a key. `Value` must be as large as the map's values, and without padding.
  @unsafe func update<Key, Value: BitwiseCopyable>(
    _ key: Key, _ keyLayout: ElementLayout<Key>, to value: Value, _ flags: MapFlags
  ) throws(BPFError) {
    let errno = unsafe keyLayout.withBytes(of: key) { key in
      unsafe withUnsafePointer(to: value) { unsafe update(at: key, to: UnsafeRawPointer($0), flags) }
    }
    if errno != 0 { throw elementFailure(.update, errno, flags) }
  }

  /// The value of a key, into a value that is as large as the map's; false if there is no such key.
  @unsafe func lookup<Key, Value: BitwiseCopyable>(
    _ key: Key, _ keyLayout: ElementLayout<Key>, into value: inout Value
  ) throws(BPFError) -> Bool {
    let errno = unsafe withUnsafeMutablePointer(to: &value) { value in
      unsafe keyLayout.withBytes(of: key) { unsafe lookup(at: $0, into: UnsafeMutableRawPointer(value), []) }
    }
    return try outcome(.lookup, errno, [])
  }
}
