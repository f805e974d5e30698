//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel
public import NetworkTypes

/// Values by prefix. A look-up finds the longest matching prefix of an address (`BPF_MAP_TYPE_LPM_TRIE`, Linux 4.11).
///
/// ```swift
/// let blocked = LPMTrieMap<IPv4Address, UInt64>(maxEntries: 1024)
///
/// @section("xdp") func filter(_ context: XDPContext) -> XDPAction {
///   guard let header = context.packet.ipv4 else { return .pass }
///   return blocked.withValue(of: header.source) { $0.atomicAdd(1) } == nil ? .pass : .drop
/// }
/// ```
///
/// Programs cannot look up a prefix: the kernel would find a shorter one in its place.
public struct LPMTrieMap<Address: PrefixAddress, Value: BitwiseCopyable>: ~Copyable, DeletingMap,
  @unchecked Sendable
{
  /// A key: the leading bits of an address.
  public typealias Key = AddressPrefix<Address>

  private let descriptor: MapDescriptor

  /// Declares a map of at most the given number of elements.
  @inline(__always)
  public init(maxEntries: UInt32, flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_LPM_TRIE.rawValue, keySize: MemoryLayout<AddressPrefix<Address>>.size,
      valueSize: MemoryLayout<Value>.stride,
      maxEntries: maxEntries, flags: flags | .noPrealloc,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }
}

extension LPMTrieMap {
  /// Returns the address of the value of the longest prefix of an address that the map has; nil if there is none
  /// (`bpf_map_lookup_elem`, Linux 4.11).
  @inline(__always)
  @unsafe public func pointer(to address: Address) -> UnsafeMutablePointer<Value>? {
    unsafe withZeroedCopy(of: AddressPrefix(host: address)) { key in
      unsafe bpf_map_lookup_elem(_map, key)?.assumingMemoryBound(to: Value.self)
    }
  }

  /// Calls a closure with the value of the longest prefix of an address that the map has, in place; returns nil if there is
  /// none.
  ///
  /// Other CPUs may use the value at the same time: change numbers with `atomicAdd(_:)`.
  @inline(__always)
  public func withValue<R>(of address: Address, _ body: (inout Value) -> R) -> R? {
    guard let value = unsafe pointer(to: address) else { return nil }
    return unsafe body(&value.pointee)
  }

  /// Returns a copy of the value of the longest prefix of an address that the map has; nil if there is none.
  @inline(__always)
  public func lookup(_ address: Address) -> Value? { unsafe pointer(to: address)?.pointee }
}
