//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A typed map that holds sockets: ``SockMap``, ``SockHash`` and ``ReuseportSockArray``.
///
/// A socket leaves the map when it is closed. Sockets cannot be looked up, but maps with 8-byte values show each
/// socket's cookie, the number that `SO_COOKIE` of getsockopt(2) returns. New maps have 8-byte values. A sockmap or
/// reuseport_sockarray with 4-byte values does not support look-ups, and does not show which indices hold a socket:
/// ``KeyedMap/keys()`` returns all indices, and ``KeyedMap/count()`` throws.
public protocol SocketMap<Key>: ObjectMap, DeletingMap {}

extension SocketMap {
  /// Looks up the cookie of a key's socket.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 5.7; for ``ReuseportSockArray`` 4.19.
  ///
  /// - Returns: the cookie, or nil if there is no socket.
  /// - Throws: `BPFError`; `.unsupported` for a map with 4-byte values, `.writeOnly` if the handle may not read.
  public func lookupCookie(_ key: Key) throws(BPFError) -> UInt64? {
    try requireCookies(.lookup)
    var cookie: UInt64 = 0
    return try unsafe handle.lookup(key, keyLayout, into: &cookie) ? cookie : nil
  }

  /// Returns all keys with their sockets' cookies. See ``MapSweep``.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_ELEM` for each index; for ``SockHash`` also one `BPF_MAP_GET_NEXT_KEY` for each
  /// key.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``; `.unsupported` for a map with 4-byte values.
  public func cookies() throws(BPFError) -> TypedEntries<Key, UInt64> {
    try requireCookies(.sweep)
    return try TypedEntries(
      handle.entries(), keyLayout, ElementLayout(byteCount: handle.valueSize))
  }

  private func requireCookies(_ operation: BPFError.Operation) throws(BPFError) {
    guard handle.valueSize != MemoryLayout<UInt64>.size else { return }
    throw handle.failure(
      operation, .unsupported, nil,
      "the map's values have \(handle.valueSize) bytes, but only a map created with 8-byte values shows the cookies of "
        + "its sockets")
  }
}

extension IndexedMap where Self: SocketMap {
  /// Looks up the cookie of the socket at an index. Returns nil if there is none, or beyond the end.
  /// See ``SocketMap/lookupCookie(_:)``.
  public func lookupCookie(_ index: Int) throws(BPFError) -> UInt64? { try lookupCookie(key(index)) }
}

/// Sockets by index, from 0 to below ``TypedMap/maxEntries``, between which programs redirect data. Linux 4.14.
///
/// Accepts TCP sockets that are connected or listening, UDP sockets that are bound or connected, and AF_UNIX and vsock
/// sockets, which must be connected unless they are datagram sockets.
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
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of keys in the map: 32-bit indices.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Creates an empty map, with 8-byte values. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of sockets.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.sockMap, name, valueSize: 8, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.verify(handle, .sockMap, valueSizes: [8, 4], as: Self.self, checkingTypes)
  }
}

/// Sockets by any key of up to 512 bytes, between which programs redirect data. Linux 4.18.
///
/// Accepts the same sockets as ``SockMap``.
public struct SockHash<Key: BitwiseCopyable>: SocketMap {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of keys in the map.
  public let keyLayout: ElementLayout<Key>

  /// Creates an empty map, with 8-byte values. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of sockets.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's key.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try ObjectTable(creating: .sockHash, name, valueSize: 8, maxEntries, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try ObjectTable(handle, .sockHash, valueSizes: [8, 4], as: Self.self, checkingTypes))
  }

  private init(_ table: ObjectTable<Key>) { (handle, keyLayout) = (table.handle, table.keyLayout) }
}

/// Sockets by index, from 0 to below ``TypedMap/maxEntries``, from which a program selects the receiver in a
/// `SO_REUSEPORT` group. Linux 4.19.
///
/// Accepts bound UDP sockets and listening TCP sockets with `SO_REUSEPORT`. Each socket can be in only one such map,
/// once.
public struct ReuseportSockArray: SocketMap, IndexedMap {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of keys in the map: 32-bit indices.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Creates an empty array, with 8-byte values. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of sockets.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.reuseportSockArray, name, valueSize: 8, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.verify(
      handle, .reuseportSockArray, valueSizes: [8, 4], as: Self.self, checkingTypes)
  }
}
