//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Call stacks that programs record, by stack id. Linux 4.6.
///
/// `bpf_get_stackid` records the current stack and returns its id; equal stacks have the same id. User space can read
/// and delete stacks.
///
/// ```swift
/// let stacks = try StackTraceMap(name: "stacks", maxEntries: 1024)
///
/// func show(_ id: UInt32) throws {
///   if let addresses = try stacks.lookup(id) { print(addresses) }
/// }
/// ```
///
/// A map created with `.stackBuildID` holds a build id and an offset, instead of an address, for each frame of a
/// user-space stack. These identify the frame even after the process has ended. ``lookupBuildIDs(_:)`` reads them.
/// Linux 4.17.
public struct StackTraceMap: DeletingMap {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of keys in the map: 32-bit numbers.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Creates an empty map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of stacks; the kernel rounds it up to a power of two.
  ///   - maxDepth: the maximum number of frames in a stack; further frames are dropped. The kernel's limit is in
  ///     /proc/sys/kernel/perf_event_max_stack, 127 by default.
  ///   - options: other options of the new map, such as the flag `.stackBuildID`.
  /// - Throws: `BPFError`; `.wrongSize` for a depth that no map can have.
  public init(
    name: String = "", maxEntries: Int, maxDepth: Int = 127, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    let frameSize = StackTraceMap.frameSize(options.flags)
    guard (1...Int(UInt32.max) / frameSize).contains(maxDepth) else {
      throw BPFError(
        .create, .wrongSize, mapName: name, "the maximum depth must be 1 to 127 frames, not \(maxDepth)")
    }
    handle = try ObjectTable.create(.stackTrace, name, valueSize: maxDepth * frameSize, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    let frameSize = StackTraceMap.frameSize(handle.flags)
    // Any depth is allowed. The kernel has verified that values are whole frames.
    let isWhole = handle.valueSize >= frameSize && handle.valueSize % frameSize == 0
    let sizes = isWhole ? [handle.valueSize] : [frameSize]
    self.handle = try ObjectTable.verify(handle, .stackTrace, valueSizes: sizes, as: Self.self, checkingTypes)
  }

  /// The maximum number of frames in a stack.
  public var maxDepth: Int { handle.valueSize / StackTraceMap.frameSize(handle.flags) }

  /// Whether frames are build ids and offsets, which ``lookupBuildIDs(_:)`` reads.
  public var hasBuildIDs: Bool { handle.flags.contains(.stackBuildID) }

  private static func frameSize(_ flags: MapCreateFlags) -> Int {
    flags.contains(.stackBuildID) ? BuildIDFrame.byteCount : MemoryLayout<UInt64>.size
  }
}

// MARK: - Reading

extension StackTraceMap {
  /// Looks up the addresses of a stack, the innermost frame first.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. A few allocations.
  ///
  /// - Parameter id: a stack id that `bpf_get_stackid` returned.
  /// - Returns: up to ``maxDepth`` addresses of the kernel or of a process; nil if there is no such stack.
  /// - Throws: `BPFError`; `.wrongCall` for a map with build ids, `.writeOnly` if the handle may not read.
  public func lookup(_ id: UInt32) throws(BPFError) -> [UInt64]? {
    try requireAddresses(.lookup)
    return try value(id).map { unsafe StackTraceMap.addresses(in: $0.span.bytes) }
  }

  /// Looks up the frames of a stack in a map with build ids, the innermost first.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. One allocation for each frame and a few more. Linux 4.17.
  ///
  /// - Parameter id: a stack id that `bpf_get_stackid` returned.
  /// - Returns: up to ``maxDepth`` frames; nil if there is no such stack.
  /// - Throws: `BPFError`; `.wrongCall` for a map without build ids, `.writeOnly` if the handle may not read.
  public func lookupBuildIDs(_ id: UInt32) throws(BPFError) -> [BuildIDFrame]? {
    try requireBuildIDs(.lookup)
    return try value(id).map { unsafe BuildIDFrame.frames(in: $0.span.bytes) }
  }

  /// Returns all stacks by id, in ascending order. See ``MapSweep``.
  ///
  /// System calls: two for each stack, `BPF_MAP_GET_NEXT_KEY` and `BPF_MAP_LOOKUP_ELEM`. A few allocations for each.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``; `.wrongCall` for a map with build ids.
  public func entries() throws(BPFError) -> [(key: UInt32, value: [UInt64])] {
    try requireAddresses(.sweep)
    return try entries(StackTraceMap.addresses)
  }

  /// Returns all stacks of a map with build ids by id, in ascending order. See ``entries()``.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``; `.wrongCall` for a map without build ids.
  public func buildIDEntries() throws(BPFError) -> [(key: UInt32, value: [BuildIDFrame])] {
    try requireBuildIDs(.sweep)
    return try entries(BuildIDFrame.frames)
  }

  private func value(_ id: UInt32) throws(BPFError) -> [UInt8]? {
    let key: InlineArray<1, UInt32> = [id]
    return try unsafe handle.lookup(key.span.bytes)
  }

  private func entries<Stack>(
    _ stack: (RawSpan) -> Stack
  ) throws(BPFError) -> [(key: UInt32, value: Stack)] {
    let entries = try handle.entries()
    return entries.indices.map { index in
      entries.withElement(at: index) { key, value in
        (key: unsafe key.unsafeLoadUnaligned(as: UInt32.self), value: stack(value))
      }
    }
  }

  /// Returns the addresses in a value. The kernel fills unused frames with zeros, and no frame has address zero.
  private static func addresses(in value: RawSpan) -> [UInt64] {
    var addresses: [UInt64] = []
    for offset in stride(from: 0, to: value.byteCount, by: MemoryLayout<UInt64>.size) {
      let address = unsafe value.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
      if address == 0 { break }
      addresses.append(address)
    }
    return addresses
  }

  private func requireAddresses(_ operation: BPFError.Operation) throws(BPFError) {
    guard hasBuildIDs else { return }
    let call = operation == .sweep ? "buildIDEntries" : "lookupBuildIDs"
    throw handle.failure(
      operation, .wrongCall, nil,
      "the map was created with BPF_F_STACK_BUILD_ID and holds build ids: use \(call)")
  }

  private func requireBuildIDs(_ operation: BPFError.Operation) throws(BPFError) {
    guard !hasBuildIDs else { return }
    let call = operation == .sweep ? "entries" : "lookup"
    throw handle.failure(
      operation, .wrongCall, nil,
      "the map was created without BPF_F_STACK_BUILD_ID and holds addresses: use \(call)")
  }
}
