//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// Memory that programs and processes share, in which an address means the same to all of them.
///
/// Programs allocate pages, link values by pointers, and leave them for processes to follow, or the other way round. Each
/// access checks that the pointer is aligned and within the arena: an arena's contents cannot lead outside of it.
///
/// ```swift
/// struct Node: BitwiseCopyable {
///   var next: ArenaPointer<Node>
///   var value: UInt64
/// }
///
/// let arena = try Arena(name: "nodes", pages: 16, address: 1 << 44)
/// let (first, second) = (try arena.pointer(to: Node.self, at: 0), try arena.pointer(to: Node.self, at: 16))
/// try arena.store(Node(next: .null, value: 2), at: second)
/// try arena.store(Node(next: second, value: 1), at: first)
/// var next = first
/// while !next.isNull {
///   let node = try arena.load(next)
///   print(node.value)
///   next = node.next
/// }
/// ```
///
/// All copies of a value, and all arenas that a process opens for the same map, share one mapping. The last of them
/// unmaps it.
public struct Arena: Sendable {
  @usableFromInline let region: ArenaRegion

  /// Creates an arena and maps it.
  ///
  /// System calls: `BPF_MAP_CREATE`, `BPF_OBJ_GET_INFO_BY_FD`, mmap(2). Linux 6.9. Capability: `CAP_BPF`.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - pages: the number of memory pages, together at most 4 GiB. The kernel allocates each at the first access.
  ///   - address: the address at which every process maps the arena: a multiple of the page size. The arena must not
  ///     cross a multiple of 4 GiB. With nil, the kernel chooses one, which other processes cannot find out.
  ///   - options: other options of the new map, such as the flag `.segvOnFault`; `.mmapable` is added to the flags.
  /// - Throws: `BPFError`; `.invalidArgument` for such an address, `.outOfResources`, `.unsupported` on an older kernel,
  ///   and `.busy` if something else in this process is at the address.
  public init(
    name: String = "", pages: Int, address: UInt64? = nil, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    var options = options
    options.flags.formUnion(MapType.arena.facts.requiredFlags)
    if let address { options.extra = address }
    let handle = try MapHandle(
      type: .arena, name: name, keySize: 0, valueSize: 0, maxEntries: pages, options: options)
    try self.init(handle, createdWith: options.extra)
  }

  /// Maps an arena that was created with an address, or 0.
  package init(_ handle: MapHandle, createdWith extra: UInt64) throws(BPFError) {
    region = try ArenaRegion.of(handle, address: nil, extra: extra)
  }

  /// Maps an open arena.
  ///
  /// The kernel demands that all processes map it at the same address. If `address` is nil, it is the one of
  /// this process's mapping, then the one at which the arena was created, and then any: that succeeds only if no process
  /// has mapped the arena before.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD`, mmap(2); none if this process has mapped the arena. Linux 6.9.
  ///
  /// - Parameters:
  ///   - handle: an arena, open for reading and writing.
  ///   - address: the address to map at.
  /// - Throws: `BPFError`; `.typeMismatch` for another type of map, `.readOnly` or `.writeOnly` for such a handle,
  ///   `.invalidArgument` if the arena is mapped at another address, `.busy` if something else in this process is
  ///   there, `.outOfResources`.
  public init(_ handle: MapHandle, address: UInt64? = nil) throws(BPFError) {
    region = try ArenaRegion.of(handle, address: address)
  }

  /// Opens the arena pinned at a path, and maps it. See ``MapHandle/init(pinnedAt:access:)`` and ``init(_:address:)``.
  public init(pinnedAt path: FilePath, address: UInt64? = nil) throws(BPFError) {
    try self.init(MapHandle(pinnedAt: path), address: address)
  }

  /// Opens the arena with an id, and maps it. See ``MapHandle/init(id:access:)`` and ``init(_:address:)``.
  public init(id: MapID, address: UInt64? = nil) throws(BPFError) {
    try self.init(MapHandle(id: id), address: address)
  }
}

// MARK: - Properties

extension Arena {
  /// The underlying map.
  public var handle: MapHandle { region.handle }

  /// The address of the first byte, the same for programs and processes.
  @inlinable public var address: UInt64 { region.address }

  /// The size in bytes.
  @inlinable public var byteCount: Int { region.byteCount }

  /// Calls `body` with the memory.
  package func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    defer { withExtendedLifetime(region) {} }
    return unsafe try body(UnsafeMutableRawBufferPointer(start: region.base, count: byteCount))
  }
}

extension Arena: CustomStringConvertible {
  /// The map and the addresses, such as `arena of map 'nodes' (id 12, arena) at 0x100000000000`.
  public var description: String { "arena of \(handle) at \(address.hexadecimal)" }
}

extension UInt64 {
  /// The number in hexadecimal, with `0x`.
  var hexadecimal: String { "0x\(String(self, radix: 16))" }
}
