//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// A map-in-map: ``ArrayOfMaps`` and ``HashOfMaps``.
///
/// All inner maps have the type, sizes and flags of the inner map with which the outer map was created. Programs look
/// up an inner map by its key. User space can replace it at any time; a program that is using the old inner map
/// continues with it.
///
/// The outer map keeps its inner maps alive, even without a handle or a pin.
public protocol MapOfMaps<Key>: DeletingMap {}

extension MapOfMaps {
  /// Opens the inner map of a key.
  ///
  /// The kernel returns the inner map's id, by which this function opens it. If the map was replaced and freed in
  /// between, looks up the key again.
  ///
  /// System calls: `BPF_MAP_LOOKUP_ELEM`, `BPF_MAP_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.13.
  /// Capability: `CAP_SYS_ADMIN`, which opening by id requires; ``lookupID(_:)`` does not need it.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - access: the access to the inner map's elements.
  /// - Returns: the inner map, or nil if there is none.
  /// - Throws: `BPFError`; `.permissionDenied` without the capability, `.writeOnly` if the outer map's handle may not
  ///   read, `.changing` if the inner map was replaced at every attempt to open it.
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
      "the inner map was replaced at every attempt to open it; try again")
  }

  /// Looks up the id of a key's inner map.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 4.13.
  ///
  /// - Returns: the id, or nil if there is no inner map. The map may be gone by the time the id is used.
  /// - Throws: `BPFError`; `.writeOnly` if the handle may not read.
  public func lookupID(_ key: Key) throws(BPFError) -> MapID? {
    var id: MapID = 0
    // The value size was verified when the map was wrapped.
    return try unsafe handle.lookup(key, keyLayout, into: &id) ? id : nil
  }

  /// Sets the inner map of a key.
  ///
  /// When the call returns, no program uses the old inner map anymore. Since Linux 5.0, the kernel waits for these
  /// programs, which may take milliseconds.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation. Linux 4.12.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - map: the inner map, borrowed for the call; it may be closed afterwards.
  ///   - flags: for ``HashOfMaps``, `.noExist` to insert only, `.exist` to replace only.
  /// - Throws: `BPFError`; `.invalidArgument` if the map differs in type, sizes or flags from the inner map with which
  ///   this map was created, `.outOfBounds` for an index beyond the end, `.mapFull`, `.alreadyExists` with `.noExist`,
  ///   `.notFound` with `.exist`, `.frozen`, `.readOnly`.
  public func update(_ key: Key, to map: MapHandle, flags: MapFlags = []) throws(BPFError) {
    try map.withFileDescriptor { (inner) throws(BPFError) in
      // The value size was verified when the map was wrapped.
      try unsafe handle.update(key, keyLayout, to: inner.rawValue, flags)
    }
  }

  /// Returns all keys with the ids of their inner maps, in the kernel's order, read in one sweep. See ``MapSweep``.
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
  /// Opens the inner map at an index. Returns nil if there is none, or beyond the end. See
  /// ``MapOfMaps/lookup(_:access:)``.
  public func lookup(_ index: Int, access: MapAccess = .readWrite) throws(BPFError) -> MapHandle? {
    try lookup(key(index), access: access)
  }

  /// Looks up the id of the inner map at an index. Returns nil if there is none, or beyond the end. See
  /// ``MapOfMaps/lookupID(_:)``.
  public func lookupID(_ index: Int) throws(BPFError) -> MapID? { try lookupID(key(index)) }

  /// Sets the inner map at an index. See ``MapOfMaps/update(_:to:flags:)``.
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
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of keys in the map: 32-bit indices.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Creates an empty array. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of inner maps.
  ///   - innerMap: a map with the properties of the future inner maps. It is only a template, and not added. Array
  ///     inner maps must also have the same number of elements, unless they have the flag `.innerMap`.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`.
  public init(
    name: String = "", maxEntries: Int, innerMap: MapHandle, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    var options = options
    options.innerMap = innerMap
    handle = try ObjectTable.create(.arrayOfMaps, name, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.verify(handle, .arrayOfMaps, as: Self.self, checkingTypes)
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
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of keys in the map.
  public let keyLayout: ElementLayout<Key>

  /// Creates an empty map. See ``ArrayOfMaps/init(name:maxEntries:innerMap:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of inner maps.
  ///   - innerMap: a map with the properties of the future inner maps. It is only a template, and not added.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's key.
  public init(
    name: String = "", maxEntries: Int, innerMap: MapHandle, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    var options = options
    options.innerMap = innerMap
    self.init(try ObjectTable(creating: .hashOfMaps, name, valueSize: 4, maxEntries, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try ObjectTable(handle, .hashOfMaps, valueSizes: [4], as: Self.self, checkingTypes))
  }

  private init(_ table: ObjectTable<Key>) { (handle, keyLayout) = (table.handle, table.keyLayout) }
}
