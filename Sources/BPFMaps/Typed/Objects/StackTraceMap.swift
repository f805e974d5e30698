//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Call stacks, recorded by programs, by the number that a program got for each. Linux 4.6.
///
/// `bpf_get_stackid` records the stack it runs on and returns its number; the same stack has the same number. User
/// space reads and deletes.
///
/// ```swift
/// let stacks = try StackTraceMap(name: "stacks", maxEntries: 1024)
///
/// func show(_ id: UInt32) throws {
///   if let addresses = try stacks.lookup(id) { print(addresses) }
/// }
/// ```
///
/// A map created with `.stackBuildID` holds, for stacks of processes, a build id and an offset for each frame instead
/// of an address, so that they can be told when the process is gone: ``lookupBuildIDs(_:)`` reads them. Linux 4.17.
public struct StackTraceMap: DeletingMap {
  /// The map under it.
  public let handle: MapHandle

  /// How keys lie in the map: numbers of 32 bits.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Creates a map without stacks in it. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many stacks it may hold; the kernel makes a power of two of it.
  ///   - maxDepth: the most frames of a stack; deeper ones are cut off. The kernel's limit is in
  ///     /proc/sys/kernel/perf_event_max_stack, 127 unless changed.
  ///   - options: flags, such as `.stackBuildID`.
  /// - Throws: `BPFError`; `BPFError.Code.wrongSize` for a depth no map can have.
  public init(
    name: String = "", maxEntries: Int, maxDepth: Int = 127, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    let frameSize = StackTraceMap.frameSize(options.flags)
    guard (1...Int(UInt32.max) / frameSize).contains(maxDepth) else {
      throw BPFError(
        .create, .wrongSize, mapName: name, "a stack of at most \(maxDepth) frames cannot be: give 1 to 127")
    }
    handle = try ObjectTable.create(.stackTrace, name, valueSize: maxDepth * frameSize, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    let frameSize = StackTraceMap.frameSize(handle.flags)
    // Any depth will do: the kernel made the map, so its values are whole frames.
    let isWhole = handle.valueSize >= frameSize && handle.valueSize % frameSize == 0
    let sizes = isWhole ? [handle.valueSize] : [frameSize]
    self.handle = try ObjectTable.prove(handle, .stackTrace, valueSizes: sizes, as: Self.self, checkingTypes)
  }

  /// The most frames of a stack.
  public var maxDepth: Int { handle.valueSize / StackTraceMap.frameSize(handle.flags) }

  /// Whether frames are build ids and offsets: read them by ``lookupBuildIDs(_:)``.
  public var hasBuildIDs: Bool { handle.flags.contains(.stackBuildID) }

  private static func frameSize(_ flags: MapCreateFlags) -> Int {
    flags.contains(.stackBuildID) ? BuildIDFrame.byteCount : MemoryLayout<UInt64>.size
  }
}

// MARK: - Reading

extension StackTraceMap {
  /// The addresses of a stack, the innermost frame first.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. A few allocations.
  ///
  /// - Parameter id: what `bpf_get_stackid` returned.
  /// - Returns: up to ``maxDepth`` addresses, of the kernel or of a process; nil if there is no such stack.
  /// - Throws: `BPFError`. `BPFError.Code.wrongCall` for a map with build ids, `BPFError.Code.writeOnly` if the handle
  ///   may not read.
  public func lookup(_ id: UInt32) throws(BPFError) -> [UInt64]? {
    try proveAddresses(.lookup)
    return try value(id).map { unsafe StackTraceMap.addresses(in: $0.span.bytes) }
  }

  /// The frames of a stack in a map with build ids, the innermost first.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. One allocation for each frame and a few more. Linux 4.17.
  ///
  /// - Parameter id: what `bpf_get_stackid` returned.
  /// - Returns: up to ``maxDepth`` frames; nil if there is no such stack.
  /// - Throws: `BPFError`. `BPFError.Code.wrongCall` for a map without build ids, `BPFError.Code.writeOnly` if the
  ///   handle may not read.
  public func lookupBuildIDs(_ id: UInt32) throws(BPFError) -> [BuildIDFrame]? {
    try proveBuildIDs(.lookup)
    return try value(id).map { unsafe BuildIDFrame.frames(in: $0.span.bytes) }
  }

  /// All stacks with their numbers, ascending. See ``MapSweep``.
  ///
  /// System calls: two for each stack, `BPF_MAP_GET_NEXT_KEY` and `BPF_MAP_LOOKUP_ELEM`. A few allocations for each.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``; `BPFError.Code.wrongCall` for a map with build ids.
  public func entries() throws(BPFError) -> [(key: UInt32, value: [UInt64])] {
    try proveAddresses(.sweep)
    return try entries(StackTraceMap.addresses)
  }

  /// All stacks of a map with build ids with their numbers, ascending. See ``entries()``.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``; `BPFError.Code.wrongCall` for a map without build ids.
  public func buildIDEntries() throws(BPFError) -> [(key: UInt32, value: [BuildIDFrame])] {
    try proveBuildIDs(.sweep)
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

  /// The kernel fills what a stack does not take with zeros, and no frame is at address zero.
  private static func addresses(in value: RawSpan) -> [UInt64] {
    var addresses: [UInt64] = []
    for offset in stride(from: 0, to: value.byteCount, by: MemoryLayout<UInt64>.size) {
      let address = unsafe value.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
      if address == 0 { break }
      addresses.append(address)
    }
    return addresses
  }

  private func proveAddresses(_ operation: BPFError.Operation) throws(BPFError) {
    guard hasBuildIDs else { return }
    let call = operation == .sweep ? "buildIDEntries" : "lookupBuildIDs"
    throw handle.failure(
      operation, .wrongCall, nil,
      "the map was created with BPF_F_STACK_BUILD_ID and holds build ids: use \(call)")
  }

  private func proveBuildIDs(_ operation: BPFError.Operation) throws(BPFError) {
    guard !hasBuildIDs else { return }
    let call = operation == .sweep ? "entries" : "lookup"
    throw handle.failure(
      operation, .wrongCall, nil,
      "the map was created without BPF_F_STACK_BUILD_ID and holds addresses: use \(call)")
  }
}
