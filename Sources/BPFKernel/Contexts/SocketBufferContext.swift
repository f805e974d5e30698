//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A context that is a packet of the network stack (`struct __sk_buff`). The types that conform are those of this module.
public protocol SocketBufferContext: ProgramContext {}

extension SocketBufferContext {
  @inline(__always)
  @unsafe var buffer: UnsafeMutablePointer<__sk_buff> {
    unsafe _pointer.assumingMemoryBound(to: __sk_buff.self)
  }

  /// The number of bytes of the packet.
  @inline(__always)
  public var length: UInt32 { unsafe buffer.pointee.len }

  /// The protocol of the packet: an EtherType.
  @inline(__always)
  public var etherType: EtherType {
    EtherType(bigEndian: UInt16(truncatingIfNeeded: unsafe buffer.pointee.protocol))
  }

  /// The index of the network device.
  @inline(__always)
  public var interfaceIndex: UInt32 { unsafe buffer.pointee.ifindex }

  /// The index of the network device that received the packet.
  @inline(__always)
  public var ingressInterfaceIndex: UInt32 { unsafe buffer.pointee.ingress_ifindex }

  /// The packet's hash; 0 if it was not computed.
  @inline(__always)
  public var hash: UInt32 { unsafe buffer.pointee.hash }

  /// The packet's mark (`SO_MARK`).
  @inline(__always)
  public var mark: UInt32 { unsafe buffer.pointee.mark }

  /// The packet's priority.
  @inline(__always)
  public var priority: UInt32 { unsafe buffer.pointee.priority }

  /// Returns a copy of the value at an offset, wherever the packet's bytes are; nil if it ends before
  /// (`bpf_skb_load_bytes`, Linux 4.5).
  @inline(__always)
  public func load<T: BitwiseCopyable>(_ type: T.Type = T.self, at offset: UInt32) -> T? {
    requireKernel()
    return unsafe withMemory(of: type) { value in
      unsafe bpf_skb_load_bytes(_pointer, offset, value, UInt32(truncatingIfNeeded: MemoryLayout<T>.size))
        == 0
        ? value.pointee : nil
    }
  }

  /// The cookie of the packet's socket; 0 if it has none (`bpf_get_socket_cookie`, Linux 4.12).
  @inline(__always)
  public var socketCookie: UInt64 {
    requireKernel()
    return unsafe bpf_get_socket_cookie(_pointer)
  }
}
