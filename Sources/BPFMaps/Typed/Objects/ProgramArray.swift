//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Programs by index, from 0 to below ``TypedMap/maxEntries``, that others jump to by a tail call. Linux 4.2.
///
/// All programs in it are of one type, that of the first, and of the program that was loaded with the map.
///
/// When the last descriptor and pin of the map is gone, the kernel empties it, even if programs still use it: keep it
/// open or pinned as long as they shall jump.
///
/// ```swift
/// let handlers = try ProgramArray(name: "handlers", maxEntries: 16)
/// try handlers.update(0, to: Program(pinnedAt: "/sys/fs/bpf/handler"))
/// for (index, id) in try handlers.entries() { print(index, "program", id) }
/// ```
public struct ProgramArray: ObjectMap, DeletingMap, IndexedMap {
  /// The map under it.
  public let handle: MapHandle

  /// How keys lie in the map: 32-bit indices.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Creates an array without programs in it. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many programs it may hold.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.programArray, name, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.prove(handle, .programArray, as: Self.self, checkingTypes)
  }

  /// The id of the program at an index.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 4.13.
  ///
  /// - Returns: the id, or nil if there is no program, and beyond the end.
  /// - Throws: `BPFError`; `BPFError.Code.writeOnly` if the handle may not read.
  public func lookup(_ index: UInt32) throws(BPFError) -> ProgramID? {
    var id: ProgramID = 0
    // That values have four bytes was proved when the map was wrapped.
    return try unsafe handle.lookup(index, keyLayout, into: &id) ? id : nil
  }

  /// The id of the program at an index; nil if there is none, and beyond the end.
  public func lookup(_ index: Int) throws(BPFError) -> ProgramID? { try lookup(key(index)) }

  /// All indices that hold a program with its id, ascending. See ``MapSweep``.
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
