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
  /// No system call.
  ///
  /// - Parameter handle: a map whose type and sizes are this type's.
  /// - Throws: `BPFError` with `BPFError.Code.typeMismatch` if they are not; the error names both sides.
  init(_ handle: MapHandle) throws(BPFError)
}

extension TypedMap {
  /// Opens the map pinned at a path. See ``MapHandle/init(pinnedAt:access:)``.
  public init(pinnedAt path: FilePath, access: MapAccess = .readWrite) throws(BPFError) {
    try self.init(MapHandle(pinnedAt: path, access: access))
  }

  /// Opens the map with an id. See ``MapHandle/init(id:access:)``.
  public init(id: MapID, access: MapAccess = .readWrite) throws(BPFError) {
    try self.init(MapHandle(id: id, access: access))
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
