//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Sockets by index (`BPF_MAP_TYPE_SOCKMAP`, Linux 4.14).
public struct SockMap: ~Copyable, SocketMap, @unchecked Sendable {
  /// Keys are indices.
  public typealias Key = UInt32

  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_SOCKMAP.rawValue, keySize: 4, valueSize: 4, maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// Sockets by key (`BPF_MAP_TYPE_SOCKHASH`, Linux 4.18).
public struct SockHash<Key: BitwiseCopyable>: ~Copyable, SocketMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_SOCKHASH.rawValue, keySize: MemoryLayout<Key>.stride, valueSize: 4,
      maxEntries: maxEntries, flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// Sockets of a reuseport group by index (`BPF_MAP_TYPE_REUSEPORT_SOCKARRAY`, Linux 4.19).
public struct ReuseportSockArray: ~Copyable, BPFMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_REUSEPORT_SOCKARRAY.rawValue, keySize: 4, valueSize: 4, maxEntries: maxEntries,
      flags: flags,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

/// A map of sockets that programs redirect messages to. The types that conform are those of this module.
public protocol SocketMap: BPFMap, ~Copyable {
  /// The type of keys.
  associatedtype Key: BitwiseCopyable
}

extension SockMap {
  /// Inserts the socket of a socket operation (`bpf_sock_map_update`, Linux 4.14). Returns whether it did.
  @inline(__always) @discardableResult
  public func insert(_ context: SockOpsContext, at index: UInt32, flags: MapFlags = .any) -> Bool {
    unsafe withZeroedCopy(of: index) { index in
      unsafe bpf_sock_map_update(context.pointer, _map, index, flags.rawValue) == 0
    }
  }

  /// Sends a message to the socket at an index (`bpf_msg_redirect_map`, Linux 4.17): to its receive queue with
  /// `ingress`. Returns the program's result.
  @inline(__always)
  public func redirect(_ context: SKMessageContext, to index: UInt32, ingress: Bool = false) -> SKAction {
    SKAction(
      rawValue: Int32(
        truncatingIfNeeded: unsafe bpf_msg_redirect_map(context.pointer, _map, index, ingress ? 1 : 0)))
  }

  /// Sends a packet of a stream to the socket at an index (`bpf_sk_redirect_map`, Linux 4.14): to its receive queue
  /// with `ingress`. Returns the program's result.
  @inline(__always)
  public func redirect(_ context: SKBuffContext, to index: UInt32, ingress: Bool = false) -> SKAction {
    SKAction(
      rawValue: Int32(
        truncatingIfNeeded: unsafe bpf_sk_redirect_map(context.pointer, _map, index, ingress ? 1 : 0)))
  }
}

extension SockHash {
  /// Inserts the socket of a socket operation (`bpf_sock_hash_update`, Linux 4.18). Returns whether it did.
  @inline(__always) @discardableResult
  public func insert(_ context: SockOpsContext, at key: Key, flags: MapFlags = .any) -> Bool {
    unsafe withZeroedCopy(of: key) { key in
      unsafe bpf_sock_hash_update(context.pointer, _map, key, flags.rawValue) == 0
    }
  }

  /// Sends a message to the socket of a key (`bpf_msg_redirect_hash`, Linux 4.18): to its receive queue with `ingress`.
  /// Returns the program's result.
  @inline(__always)
  public func redirect(_ context: SKMessageContext, to key: Key, ingress: Bool = false) -> SKAction {
    unsafe withZeroedCopy(of: key) { key in
      SKAction(
        rawValue: Int32(
          truncatingIfNeeded: unsafe bpf_msg_redirect_hash(context.pointer, _map, key, ingress ? 1 : 0)))
    }
  }

  /// Sends a packet of a stream to the socket of a key (`bpf_sk_redirect_hash`, Linux 4.18): to its receive queue with
  /// `ingress`. Returns the program's result.
  @inline(__always)
  public func redirect(_ context: SKBuffContext, to key: Key, ingress: Bool = false) -> SKAction {
    unsafe withZeroedCopy(of: key) { key in
      SKAction(
        rawValue: Int32(
          truncatingIfNeeded: unsafe bpf_sk_redirect_hash(context.pointer, _map, key, ingress ? 1 : 0)))
    }
  }
}

extension ReuseportSockArray {
  /// Selects the socket at an index for the packet (`bpf_sk_select_reuseport`, Linux 4.19). Returns whether it did.
  @inline(__always)
  public func select(_ index: UInt32, _ context: SKReuseportContext) -> Bool {
    unsafe withZeroedCopy(of: index) { index in
      unsafe bpf_sk_select_reuseport(context.pointer, _map, index, 0) == 0
    }
  }
}
