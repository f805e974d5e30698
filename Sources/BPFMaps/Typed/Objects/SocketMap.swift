//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A typed map that holds sockets: ``SockMap``, ``SockHash`` and ``ReuseportSockArray``.
///
/// A socket leaves the map when it is closed. The kernel hands none of them out; maps with 8-byte values show each
/// socket's cookie, the number that `SO_COOKIE` of getsockopt(2) tells. Created here they are such maps. In others of
/// them, with 4-byte values, a key of a sockmap or reuseport_sockarray cannot be looked up, and those two types do not
/// tell which of their indices hold a socket: ``KeyedMap/keys()`` takes all, and ``KeyedMap/count()`` refuses.
public protocol SocketMap<Key>: ObjectMap, DeletingMap {}

extension SocketMap {
  /// The cookie of the socket that is found by a key.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 5.7; for ``ReuseportSockArray`` 4.19.
  ///
  /// - Returns: the cookie, or nil if there is no such socket.
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` for a map with 4-byte values, `BPFError.Code.writeOnly` if the
  ///   handle may not read.
  public func lookupCookie(_ key: Key) throws(BPFError) -> UInt64? {
    try proveCookies(.lookup)
    var cookie: UInt64 = 0
    return try unsafe handle.lookup(key, keyLayout, into: &cookie) ? cookie : nil
  }

  /// All keys with their sockets' cookies. See ``MapSweep``.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_ELEM` for each index; for ``SockHash`` also one `BPF_MAP_GET_NEXT_KEY` for each
  /// key.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``; `BPFError.Code.unsupported` for a map with 4-byte values.
  public func cookies() throws(BPFError) -> TypedEntries<Key, UInt64> {
    try proveCookies(.sweep)
    return try TypedEntries(
      handle.entries(), keyLayout, ElementLayout(byteCount: handle.valueSize))
  }

  private func proveCookies(_ operation: BPFError.Operation) throws(BPFError) {
    guard handle.valueSize != MemoryLayout<UInt64>.size else { return }
    throw handle.failure(
      operation, .unsupported, nil,
      "the map's values have \(handle.valueSize) bytes, and only a map created with 8-byte values shows the cookies of "
        + "its sockets")
  }
}

extension IndexedMap where Self: SocketMap {
  /// The cookie of the socket at an index; nil if there is none, and beyond the end.
  /// See ``SocketMap/lookupCookie(_:)``.
  public func lookupCookie(_ index: Int) throws(BPFError) -> UInt64? { try lookupCookie(key(index)) }
}

/// Sockets by index, from 0 to below ``TypedMap/maxEntries``, between which programs redirect data. Linux 4.14.
///
/// It takes TCP sockets that are connected or listen, UDP sockets that are bound or connected, and AF_UNIX and vsock
/// sockets, connected unless they are for datagrams.
///
/// ```swift
/// let peers = try SockMap(name: "peers", maxEntries: 64)
///
/// func add(_ socket: FileDescriptor) throws {
///   try peers.update(0, to: socket)
///   print(try peers.lookupCookie(0) ?? 0)
/// }
/// ```
public struct SockMap: SocketMap, IndexedMap {
  /// The map under it.
  public let handle: MapHandle

  /// How keys lie in the map: 32-bit indices.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Creates a map without sockets in it, with 8-byte values. Capability: `CAP_NET_ADMIN` besides `CAP_BPF`. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many sockets it may hold.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.sockMap, name, valueSize: 8, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.prove(handle, .sockMap, valueSizes: [8, 4], as: Self.self, checkingTypes)
  }
}

/// Sockets by any key of up to 512 bytes, between which programs redirect data. Linux 4.18.
///
/// It takes the sockets that ``SockMap`` takes.
public struct SockHash<Key: BitwiseCopyable>: SocketMap {
  /// The map under it.
  public let handle: MapHandle

  /// How keys lie in the map.
  public let keyLayout: ElementLayout<Key>

  /// Creates a map without sockets in it, with 8-byte values. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many sockets it may hold.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the type cannot be a key.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try ObjectTable(creating: .sockHash, name, valueSize: 8, maxEntries, options))
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try ObjectTable(handle, .sockHash, valueSizes: [8, 4], as: Self.self, checkingTypes))
  }

  private init(_ table: ObjectTable<Key>) { (handle, keyLayout) = (table.handle, table.keyLayout) }
}

/// Sockets by index, from 0 to below ``TypedMap/maxEntries``, among which a program chooses who of a `SO_REUSEPORT`
/// group receives. Linux 4.19.
///
/// It takes UDP sockets and listening TCP sockets with `SO_REUSEPORT` that are bound; each can be in one such map, once.
public struct ReuseportSockArray: SocketMap, IndexedMap {
  /// The map under it.
  public let handle: MapHandle

  /// How keys lie in the map: 32-bit indices.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Creates an array without sockets in it, with 8-byte values. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many sockets it may hold.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.reuseportSockArray, name, valueSize: 8, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.prove(
      handle, .reuseportSockArray, valueSizes: [8, 4], as: Self.self, checkingTypes)
  }
}
