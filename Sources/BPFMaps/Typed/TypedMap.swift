//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A map with keys and values of Swift types.
///
/// A typed map consists of its ``handle`` and the layouts of its keys and values. It either creates a map or wraps an
/// open handle, after verifying that the map's type and sizes match the Swift types. Copies share the handle, can be
/// passed between tasks, and cost no more than a reference.
///
/// A map that a typed map creates has BTF that describes the Swift types, so that `bpfmap` and bpftool show fields by
/// name. Creation then also calls `BPF_BTF_LOAD` and close(2). The map has no BTF if ``MapOptions/omitsBTF`` is set, if
/// its type takes none, or if the kernel does not accept it.
///
/// Use the handle for operations that the typed map does not offer.
///
/// Only types of this library conform to this protocol and to those that refine it: their functions pass memory to the
/// kernel and rely on the checks of each type's initializers. Your own functions can take `some ValueMap<UInt32, Int>`,
/// for example, and your own types can wrap a typed map.
public protocol TypedMap: Sendable, CustomStringConvertible {
  /// The requirement that only this library can meet.
  static var _conformance: TypedMapConformance { get }

  /// The underlying map.
  var handle: MapHandle { get }

  /// Wraps an open map in this type.
  ///
  /// The map's type and sizes must match this type. If the map has BTF, the Swift types are also compared with the BTF
  /// types: their size, and each structure field's offset, size, sign and name. Names may follow either language's
  /// style: `startTime` matches `start_time`. Fields without a Swift name, such as those of tuples, match any name.
  /// Unions, bit-fields and types without fields are compared by size only. Fields named `pad`, `reserved` or `unused`
  /// may be missing.
  ///
  /// System calls: none, or with `checkingTypes` `BPF_OBJ_GET_INFO_BY_FD`, and if the map has BTF
  /// `BPF_BTF_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD` twice. Reading BTF requires `CAP_SYS_ADMIN`; without it, the
  /// map is treated as one without BTF.
  ///
  /// - Parameters:
  ///   - handle: a map whose type and sizes match this type.
  ///   - checkingTypes: whether to compare the Swift types with the map's BTF.
  /// - Throws: `BPFError`; `.typeMismatch` if they differ, with a comparison of both.
  init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError)
}

/// A value that each conformance to ``TypedMap`` returns, and that only this library can create, so that new
/// requirements and functions of the protocols break no other type.
public struct TypedMapConformance: Sendable {
  package init() {}
}

extension TypedMap {
  /// Wraps an open map in this type, and compares the type with the map's BTF if there is any. See
  /// ``init(_:checkingTypes:)``.
  public init(_ handle: MapHandle) throws(BPFError) { try self.init(handle, checkingTypes: true) }

  /// Opens the map pinned at the given path. See ``MapHandle/init(pinnedAt:access:)`` and ``init(_:checkingTypes:)``.
  public init(
    pinnedAt path: FilePath, access: MapAccess = .readWrite, checkingTypes: Bool = true
  ) throws(BPFError) {
    try self.init(MapHandle(pinnedAt: path, access: access), checkingTypes: checkingTypes)
  }

  /// Opens the map with the given id. See ``MapHandle/init(id:access:)`` and ``init(_:checkingTypes:)``.
  public init(id: MapID, access: MapAccess = .readWrite, checkingTypes: Bool = true) throws(BPFError) {
    try self.init(MapHandle(id: id, access: access), checkingTypes: checkingTypes)
  }

  /// The kernel's id for the map.
  public var id: MapID { handle.id }

  /// The map's name, at most 15 bytes; often empty.
  public var name: String { handle.name }

  /// The maximum number of elements.
  public var maxEntries: Int { handle.maxEntries }

  /// Pins the map to a path, which keeps it alive. See ``MapHandle/pin(at:)``.
  public func pin(at path: FilePath) throws(BPFError) { try handle.pin(at: path) }

  /// Pins the map to a path in place of the map that is pinned there. See ``MapHandle/pin(replacing:)``.
  public func pin(replacing path: FilePath) throws(BPFError) { try handle.pin(replacing: path) }

  /// Removes a pin of this map. See ``MapHandle/unpin(from:)``.
  public func unpin(from path: FilePath) throws(BPFError) { try handle.unpin(from: path) }

  /// Freezes the map: user space can no longer write it. See ``MapHandle/freeze()``.
  public func freeze() throws(BPFError) { try handle.freeze() }

  /// The Swift type and the map, such as `HashMap<UInt32, UInt64> of map 'hits' (id 12, hash)`.
  public var description: String { "\(Self.self) of \(handle)" }
}
