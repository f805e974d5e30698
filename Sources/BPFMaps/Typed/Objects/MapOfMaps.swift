//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// A typed map that holds maps: ``ArrayOfMaps`` and ``HashOfMaps``.
///
/// All inner maps are like the one the outer map was created for: of its type, with its sizes and flags. Programs
/// reach an inner map by its key; user space replaces it at any time, and a program that is just using the old one
/// goes on with that.
///
/// An inner map lives as long as it is in the outer one, also without a handle or a pin.
public protocol MapOfMaps<Key>: DeletingMap {}

extension MapOfMaps {
  /// Opens the map that is found by a key.
  ///
  /// The kernel tells the map's id, and the map is opened by it. If it was replaced, and is gone, in between, the key
  /// is looked up again.
  ///
  /// System calls: `BPF_MAP_LOOKUP_ELEM`, `BPF_MAP_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.13.
  /// Capability: `CAP_SYS_ADMIN`, which opening by id needs; ``lookupID(_:)`` does without.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - access: what the handle may do with the inner map's elements.
  /// - Returns: the map, or nil if there is none.
  /// - Throws: `BPFError`. `BPFError.Code.permissionDenied` without the capability, `BPFError.Code.writeOnly` if the
  ///   outer map's handle may not read, `BPFError.Code.changing` if the inner map was replaced each time it was to be
  ///   opened.
  public func lookup(_ key: Key, access: MapAccess = .readWrite) throws(BPFError) -> MapHandle? {
    for _ in 0..<1000 {
      guard let id = try lookupID(key) else { return nil }
      do throws(BPFError) {
        return try MapHandle(id: id, access: access)
      } catch {
        guard error.code == .notFound else { throw error }
      }
    }
    throw handle.failure(
      .lookup, .changing, nil,
      "the inner map was replaced by another each time before it could be opened; try again")
  }

  /// The id of the map that is found by a key.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 4.13.
  ///
  /// - Returns: the id, or nil if there is no such map. The map may be gone by the time the id is used.
  /// - Throws: `BPFError`; `BPFError.Code.writeOnly` if the handle may not read.
  public func lookupID(_ key: Key) throws(BPFError) -> MapID? {
    var id: MapID = 0
    // That values have four bytes was proved when the map was wrapped.
    return try unsafe handle.lookup(key, keyLayout, into: &id) ? id : nil
  }

  /// Puts a map into this one, in place of the one that may be there.
  ///
  /// On return no program uses the old map any more: since Linux 5.0 the kernel waits for those that do, which may take
  /// milliseconds.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation. Linux 4.12.
  ///
  /// - Parameters:
  ///   - key: where to put it.
  ///   - map: the inner map. It is borrowed for the call, and may be closed afterwards.
  ///   - flags: for ``HashOfMaps`` `.noExist` only to insert, `.exist` only to replace.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for a map that is not like the one this map was created for,
  ///   `BPFError.Code.outOfBounds` for an index beyond the end, `BPFError.Code.mapFull`,
  ///   `BPFError.Code.alreadyExists` with `.noExist`, `BPFError.Code.notFound` with `.exist`, `BPFError.Code.frozen`,
  ///   `BPFError.Code.readOnly`.
  public func update(_ key: Key, to map: MapHandle, flags: MapFlags = []) throws(BPFError) {
    try map.withFileDescriptor { (inner) throws(BPFError) in
      // That values have four bytes was proved when the map was wrapped.
      try unsafe handle.update(key, keyLayout, to: inner.rawValue, flags)
    }
  }

  /// All keys with the ids of their maps, in the kernel's order, read in one sweep. See ``MapSweep``.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_BATCH` for each batch; before Linux 5.19 two for each element.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func entries() throws(BPFError) -> TypedEntries<Key, MapID> {
    try TypedEntries(
      handle.entries(), keyLayout, ElementLayout(byteCount: handle.valueSize))
  }
}

// MARK: - By index

extension IndexedMap where Self: MapOfMaps {
  /// Opens the map at an index; nil if there is none, and beyond the end. See ``MapOfMaps/lookup(_:access:)``.
  public func lookup(_ index: Int, access: MapAccess = .readWrite) throws(BPFError) -> MapHandle? {
    try lookup(key(index), access: access)
  }

  /// The id of the map at an index; nil if there is none, and beyond the end. See ``MapOfMaps/lookupID(_:)``.
  public func lookupID(_ index: Int) throws(BPFError) -> MapID? { try lookupID(key(index)) }

  /// Puts a map at an index. See ``MapOfMaps/update(_:to:flags:)``.
  public func update(_ index: Int, to map: MapHandle, flags: MapFlags = []) throws(BPFError) {
    try update(key(index), to: map, flags: flags)
  }
}

/// Maps by index, from 0 to below ``TypedMap/maxEntries``. Linux 4.12.
///
/// ```swift
/// let hits = try MapHandle(type: .hash, keySize: 4, valueSize: 8, maxEntries: 1024)
/// let generations = try ArrayOfMaps(name: "generations", maxEntries: 2, innerMap: hits)
/// try generations.update(0, to: hits)
/// if let current = try generations.lookup(0) { print(try current.count()) }
/// ```
public struct ArrayOfMaps: MapOfMaps, IndexedMap {
  /// The map under it.
  public let handle: MapHandle

  /// How keys lie in the map: 32-bit indices.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Creates an array without maps in it. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many maps it may hold.
  ///   - innerMap: a map like those it shall hold: a template, of which nothing is kept. Of arrays the number of
  ///     elements must be the same too, unless they have `.innerMap` among their flags.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`.
  public init(
    name: String = "", maxEntries: Int, innerMap: MapHandle, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    var options = options
    options.innerMap = innerMap
    handle = try ObjectTable.create(.arrayOfMaps, name, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.prove(handle, .arrayOfMaps, as: Self.self, checkingTypes)
  }
}

/// Maps by any key. Linux 4.12.
///
/// ```swift
/// let hits = try MapHandle(type: .hash, keySize: 4, valueSize: 8, maxEntries: 1024)
/// let tenants = try HashOfMaps<UInt64>(name: "tenants", maxEntries: 100, innerMap: hits)
/// try tenants.update(4711, to: hits)
/// for (tenant, id) in try tenants.entries() { print(tenant, id) }
/// ```
public struct HashOfMaps<Key: BitwiseCopyable>: MapOfMaps {
  /// The map under it.
  public let handle: MapHandle

  /// How keys lie in the map.
  public let keyLayout: ElementLayout<Key>

  /// Creates a hash without maps in it. See ``ArrayOfMaps/init(name:maxEntries:innerMap:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many maps it may hold.
  ///   - innerMap: a map like those it shall hold: a template, of which nothing is kept.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the type cannot be a key.
  public init(
    name: String = "", maxEntries: Int, innerMap: MapHandle, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    var options = options
    options.innerMap = innerMap
    self.init(try ObjectTable(creating: .hashOfMaps, name, valueSize: 4, maxEntries, options))
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try ObjectTable(handle, .hashOfMaps, valueSizes: [4], as: Self.self, checkingTypes))
  }

  private init(_ table: ObjectTable<Key>) { (handle, keyLayout) = (table.handle, table.keyLayout) }
}
