//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A map seen through Swift types.
///
/// A typed map is its ``handle`` and the knowledge of how its keys and values lie in memory. It is made by creating
/// a map, or from a handle that is open, after it was proved that the map's type and sizes are those of the Swift
/// types. Copies share the handle, cross tasks freely, and cost what a reference costs.
///
/// Whatever the typed map does not offer, its handle does.
public protocol TypedMap: Sendable, CustomStringConvertible {
  /// The map under it.
  var handle: MapHandle { get }

  /// Sees an open map through this type.
  ///
  /// The map's type and sizes must be this type's. Where the map has BTF, the Swift types are also compared with the
  /// types that its program was compiled with: size, and of structures each field's offset, size, sign and name. A
  /// name may be written in either language's way: `startTime` is `start_time`. Fields that a Swift structure gives no
  /// name to, as a tuple does, are compared by the rest; unions, bit-fields and types without fields by size; what is
  /// called `pad`, `reserved` or `unused` may be missing.
  ///
  /// System calls: none, or with `checkingTypes` `BPF_OBJ_GET_INFO_BY_FD`, and where the map has BTF
  /// `BPF_BTF_GET_FD_BY_ID` and `BPF_OBJ_GET_INFO_BY_FD` twice. Reading BTF takes `CAP_SYS_ADMIN`; for those who may
  /// not the map is as one without BTF.
  ///
  /// - Parameters:
  ///   - handle: a map whose type and sizes are this type's.
  ///   - checkingTypes: whether to compare the Swift types with the map's BTF.
  /// - Throws: `BPFError` with `BPFError.Code.typeMismatch` if they differ; the error shows both sides.
  init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError)
}

extension TypedMap {
  /// Sees an open map through this type, which is compared with the map's BTF where it has one.
  /// See ``init(_:checkingTypes:)``.
  public init(_ handle: MapHandle) throws(BPFError) { try self.init(handle, checkingTypes: true) }

  /// Opens the map pinned at a path. See ``MapHandle/init(pinnedAt:access:)`` and ``init(_:checkingTypes:)``.
  public init(
    pinnedAt path: FilePath, access: MapAccess = .readWrite, checkingTypes: Bool = true
  ) throws(BPFError) {
    try self.init(MapHandle(pinnedAt: path, access: access), checkingTypes: checkingTypes)
  }

  /// Opens the map with an id. See ``MapHandle/init(id:access:)`` and ``init(_:checkingTypes:)``.
  public init(id: MapID, access: MapAccess = .readWrite, checkingTypes: Bool = true) throws(BPFError) {
    try self.init(MapHandle(id: id, access: access), checkingTypes: checkingTypes)
  }

  /// The kernel's number for the map.
  public var id: MapID { handle.id }

  /// The map's name, at most 15 bytes; often empty.
  public var name: String { handle.name }

  /// How many elements the map may hold.
  public var maxEntries: Int { handle.maxEntries }

  /// Makes a file that stands for the map and keeps it alive. See ``MapHandle/pin(at:)``.
  public func pin(at path: FilePath) throws(BPFError) { try handle.pin(at: path) }

  /// Removes a pin of this map. See ``MapHandle/unpin(from:)``.
  public func unpin(from path: FilePath) throws(BPFError) { try handle.unpin(from: path) }

  /// Forbids user space to write the map, for good. See ``MapHandle/freeze()``.
  public func freeze() throws(BPFError) { try handle.freeze() }

  /// The Swift type and the map, such as `HashMap<UInt32, UInt64> of map 'hits' (id 12, hash)`.
  public var description: String { "\(Self.self) of \(handle)" }
}
