//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Memory that programs and user space share, in which an address means the same to both (`BPF_MAP_TYPE_ARENA`, Linux 6.9).
///
/// A module has at most one arena. User space reads and writes it with `Object.arena(_:)`. An access cannot leave
/// the arena: the kernel takes the low 32 bits of an address. A load from a page that is not allocated returns 0, and a store
/// to one does nothing.
///
/// ```swift
/// let lists = Arena(pages: 16)
///
/// @section("syscall") func append(_ context: SyscallContext<UInt64>) -> Int32 {
///   guard let node = lists.allocate() else { return 1 }
///   lists.store(context.arguments, at: node)
///   context.arguments = node
///   return 0
/// }
/// ```
public struct Arena: ~Copyable, BPFMap, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares an arena.
  ///
  /// - Parameters:
  ///   - pages: the number of pages, at most 4 GiB.
  ///   - address: the address in user space, a multiple of the page size; 0 lets the kernel choose.
  @inline(__always)
  public init(pages: UInt32, address: UInt64 = 0) {
    descriptor = MapDescriptor(
      type: 33, keySize: 0, valueSize: 0, maxEntries: pages, flags: .mmapable, extra: address)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// Allocates consecutive pages of zeros, and returns their address; nil if there are none
  /// (`bpf_arena_alloc_pages`, Linux 6.9). Only programs that may sleep can call it.
  @inline(__always)
  public func allocate(pages: UInt32 = 1) -> UInt64? {
    let address = unsafe bpfkernel_arena_allocate(_map, pages)
    return address == 0 ? nil : address
  }

  /// Frees pages (`bpf_arena_free_pages`, Linux 6.9). Only programs that may sleep can call it.
  @inline(__always)
  public func free(_ address: UInt64, pages: UInt32 = 1) { unsafe bpfkernel_arena_free(_map, address, pages) }

  /// Returns the number at an address, of 1, 2, 4 or 8 bytes.
  @inline(__always)
  public func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self, at address: UInt64) -> T {
    switch MemoryLayout<T>.size {
    case 1: T(truncatingIfNeeded: unsafe bpfkernel_arena_load_u8(_map, address))
    case 2: T(truncatingIfNeeded: unsafe bpfkernel_arena_load_u16(_map, address))
    case 4: T(truncatingIfNeeded: unsafe bpfkernel_arena_load_u32(_map, address))
    default: T(truncatingIfNeeded: unsafe bpfkernel_arena_load_u64(_map, address))
    }
  }

  /// Writes a number of 1, 2, 4 or 8 bytes at an address.
  @inline(__always)
  public func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at address: UInt64) {
    switch MemoryLayout<T>.size {
    case 1: unsafe bpfkernel_arena_store_u8(_map, address, UInt8(truncatingIfNeeded: value))
    case 2: unsafe bpfkernel_arena_store_u16(_map, address, UInt16(truncatingIfNeeded: value))
    case 4: unsafe bpfkernel_arena_store_u32(_map, address, UInt32(truncatingIfNeeded: value))
    default: unsafe bpfkernel_arena_store_u64(_map, address, UInt64(truncatingIfNeeded: value))
    }
  }

  /// Adds to the number of 8 bytes at an address, wrapping around: no addition of another CPU is lost. Does not order other
  /// accesses.
  @inline(__always)
  public func atomicAdd(_ amount: UInt64, at address: UInt64) {
    unsafe bpfkernel_arena_add(_map, address, amount)
  }
}
