//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// The bytes of a packet. Every read is within bounds: the verifier refuses others.
///
/// ```swift
/// @section("xdp") func filter(_ context: XDPContext) -> XDPAction {
///   guard let header = context.packet.tcp, header.destinationPort == 80 else { return .pass }
///   return .drop
/// }
/// ```
@safe public struct Packet {
  let start: UnsafeRawPointer
  let end: UnsafeRawPointer

  @inline(__always)
  init(start: UnsafeRawPointer, end: UnsafeRawPointer) {
    unsafe self.start = start
    unsafe self.end = end
  }

  @inline(__always)
  init(_ buffer: UnsafeMutablePointer<__sk_buff>) {
    unsafe self.init(
      start: bpfkernel_skb_start(buffer).unsafelyUnwrapped, end: bpfkernel_skb_end(buffer).unsafelyUnwrapped)
  }

  /// The number of bytes that the program can read.
  @inline(__always)
  public var count: Int { unsafe end - start }

  /// Returns a copy of the value at an offset; nil if the packet ends before its last byte.
  ///
  /// Only the fields that are used are read. An offset that is not a constant must have a known upper bound, and the
  /// verifier refuses one that may be negative.
  @inline(__always)
  public func load<T: BitwiseCopyable>(_ type: T.Type = T.self, at offset: Int = 0) -> T? {
    guard let value = unsafe address(of: type, at: offset) else { return nil }
    #if hasFeature(Embedded)
    return unsafe value.assumingMemoryBound(to: type).pointee
    #else
    return unsafe value.loadUnaligned(as: type)
    #endif
  }

  /// Calls a closure with the value at an offset, in place; returns nil if the packet ends before its last byte.
  ///
  /// The verifier refuses changes by programs that may only read packets.
  @inline(__always) @discardableResult
  public func modify<T: BitwiseCopyable, R>(
    _ type: T.Type = T.self, at offset: Int = 0, _ body: (inout T) -> R
  ) -> R? {
    guard let address = unsafe address(of: type, at: offset) else { return nil }
    let memory = unsafe UnsafeMutableRawPointer(mutating: address)
    #if hasFeature(Embedded)
    return unsafe body(&memory.assumingMemoryBound(to: type).pointee)
    #else
    var value = unsafe memory.loadUnaligned(as: type)
    defer { unsafe memory.storeBytes(of: value, as: type) }
    return body(&value)
    #endif
  }

  /// Returns the address of the value at an offset; nil if the packet ends before its last byte. On the host, the address
  /// may lack the alignment of the type.
  @inline(__always)
  @unsafe public func pointer<T: BitwiseCopyable>(to type: T.Type, at offset: Int) -> UnsafePointer<T>? {
    unsafe address(of: type, at: offset)?.assumingMemoryBound(to: type)
  }

  /// Returns the address of the bytes of a value at an offset; nil if the packet ends before the last of them.
  @inline(__always)
  @unsafe private func address<T: BitwiseCopyable>(of type: T.Type, at offset: Int) -> UnsafeRawPointer? {
    #if hasFeature(Embedded)
    // The verifier knows this form of the comparison.
    let first = unsafe start + offset
    return unsafe first + MemoryLayout<T>.size > end ? nil : first
    #else
    precondition(offset >= 0, "the offset in the packet is negative")
    return unsafe offset > count - MemoryLayout<T>.size ? nil : start + offset
    #endif
  }
}

#if !hasFeature(Embedded)
extension Packet {
  /// Calls a closure with a packet of the given bytes, to test functions of kernel code on the host.
  public static func withBytes<R>(_ bytes: [UInt8], _ body: (Packet) throws -> R) rethrows -> R {
    var copy = bytes
    return try withMutableBytes(&copy, body)
  }

  /// Calls a closure with a packet of the given bytes, to test functions of kernel code on the host. The closure may change
  /// the bytes, with ``modify(_:at:_:)``.
  public static func withMutableBytes<R>(_ bytes: inout [UInt8], _ body: (Packet) throws -> R) rethrows -> R {
    // One byte more gives an empty array an address.
    let count = bytes.count
    bytes.append(0)
    defer { bytes.removeLast() }
    return try unsafe bytes.withUnsafeMutableBytes { buffer in
      let start = unsafe UnsafeRawPointer(buffer.baseAddress.unsafelyUnwrapped)
      return try unsafe body(Packet(start: start, end: start + count))
    }
  }
}
#endif
