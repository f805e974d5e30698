//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Programs by index, from 0 to below ``TypedMap/maxEntries``, as targets of tail calls. Linux 4.2.
///
/// All programs in the array have the same type: that of the first one, and of the program that was loaded with it.
///
/// When the last descriptor and pin of the map are gone, the kernel empties it, even if programs still use it. Keep
/// the map open or pinned while programs need it for tail calls.
///
/// ```swift
/// let handlers = try ProgramArray(name: "handlers", maxEntries: 16)
/// try handlers.update(0, to: Program(pinnedAt: "/sys/fs/bpf/handler"))
/// for (index, id) in try handlers.entries() { print(index, "program", id) }
/// ```
public struct ProgramArray: ObjectMap, DeletingMap, IndexedMap {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of keys in the map: 32-bit indices.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Creates an empty array. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of programs.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.programArray, name, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.verify(handle, .programArray, as: Self.self, checkingTypes)
  }

  /// Looks up the id of the program at an index.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 4.13.
  ///
  /// - Returns: the id, or nil if there is no program, or beyond the end.
  /// - Throws: `BPFError`; `.writeOnly` if the handle may not read.
  public func lookup(_ index: UInt32) throws(BPFError) -> ProgramID? {
    var id: ProgramID = 0
    // The value size was verified when the map was wrapped.
    return try unsafe handle.lookup(index, keyLayout, into: &id) ? id : nil
  }

  /// Looks up the id of the program at an index. Returns nil if there is none, or beyond the end.
  public func lookup(_ index: Int) throws(BPFError) -> ProgramID? { try lookup(key(index)) }

  /// Returns all indices that hold a program, with the program's id, in ascending order. See ``MapSweep``.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_ELEM` for each index. Linux 4.13.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func entries() throws(BPFError) -> TypedEntries<UInt32, ProgramID> {
    try TypedEntries(
      handle.entries(), keyLayout,
      ElementLayout(byteCount: handle.valueSize))
  }
}
