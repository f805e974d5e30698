//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage
internal import Synchronization

/// The mapped memory of an arena: one for each arena that the process has mapped.
@usableFromInline
@safe final class ArenaRegion: Sendable {
  /// The mapping, until `deinit` unmaps it.
  nonisolated(unsafe) private var mapping: OwnedMapping?
  let handle: MapHandle

  /// The address of the first byte.
  @usableFromInline nonisolated(unsafe) let base: UnsafeMutableRawPointer

  /// The size in bytes.
  @usableFromInline let byteCount: Int

  /// Whether an access to a page that no program has allocated would end the process.
  @usableFromInline let isSegmented: Bool

  private init(_ mapping: consuming OwnedMapping, _ handle: MapHandle) {
    unsafe base = mapping.base
    byteCount = mapping.byteCount
    unsafe self.mapping = consume mapping
    self.handle = handle
    isSegmented = handle.flags.contains(.segvOnFault)
  }

  deinit {
    // Not before the lock is held: another thread may be about to map the arena at the same address.
    ArenaRegion.regions.withLock { regions in
      unsafe mapping = nil
      regions[handle.id] = nil
    }
  }

  /// The address of the first byte as programs see it.
  @usableFromInline var address: UInt64 { unsafe UInt64(UInt(bitPattern: base)) }
}

// MARK: - Mapping

extension ArenaRegion {
  private struct WeakRegion: Sendable { weak let region: ArenaRegion? }

  /// The regions of the process. The kernel allows an arena only one address, so a process cannot map it twice.
  private static let regions = Mutex<[MapID: WeakRegion]>([:])

  /// Returns the region of an arena, which it maps unless this process has.
  ///
  /// - Parameter extra: the address of the arena's creation, 0 for none; read from the kernel if nil.
  static func of(
    _ handle: MapHandle, address: UInt64?, extra: UInt64? = nil
  ) throws(BPFError) -> ArenaRegion {
    guard handle.type == .arena else {
      throw handle.failure(
        .map, .typeMismatch, nil, "this is \(handle.type.withArticle) map, not an arena")
    }
    guard handle.access == .readWrite else {
      throw handle.failure(
        .map, handle.access == .readOnly ? .readOnly : .writeOnly, nil,
        "the kernel maps only descriptors that were opened read-write, not \(handle.access)")
    }
    while true {
      let known = try regions.withLock { (regions) throws(BPFError) -> ArenaRegion? in
        if let known = regions[handle.id] { return known.region }
        let region = ArenaRegion(try map(handle, address, extra), handle)
        regions[handle.id] = WeakRegion(region: region)
        return region
      }
      // Another thread is about to unmap a region that it has released.
      guard let known else {
        DetachedThread.yield()
        continue
      }
      guard address == nil || address == known.address else {
        throw handle.failure(
          .map, .invalidArgument, nil,
          "this process has mapped the arena at \(known.address.hexadecimal), and it can have only one address"
        )
      }
      return known
    }
  }

  private static func map(
    _ handle: MapHandle, _ address: UInt64?, _ extra: UInt64?
  ) throws(BPFError) -> OwnedMapping {
    var wanted = address ?? extra
    if wanted == nil { wanted = try handle.info().extra }
    if wanted == 0 { wanted = nil }
    if let wanted {
      // Otherwise the kernel would choose another address.
      let last = wanted &+ UInt64(handle.maxEntries * Page.size - 1)
      guard wanted % UInt64(Page.size) == 0, wanted >> 32 == last >> 32 else {
        throw handle.failure(
          .map, .invalidArgument, nil,
          "\(wanted.hexadecimal) is not a multiple of the page size, or the arena would cross a multiple of 4 GiB"
        )
      }
    }
    do throws(Errno) {
      // The kernel has checked that all pages together are at most 4 GiB.
      return try OwnedMapping(
        handle.descriptor.borrowed, byteCount: handle.maxEntries * Page.size, isWritable: true,
        at: wanted.map { UInt(truncatingIfNeeded: $0) })
    } catch {
      throw failure(error, handle, wanted)
    }
  }

  private static func failure(_ errno: Errno, _ handle: MapHandle, _ address: UInt64?) -> BPFError {
    if let shortage = OwnedMapping.shortage(errno) {
      return handle.failure(.map, .outOfResources, errno, shortage)
    }
    return switch (errno, address) {
    case (.fileExists, let address?):
      handle.failure(
        .map, .busy, errno,
        "something else is at the arena's address, \(address.hexadecimal), in this process")
    case (.invalidArgument, let address?), (.resourceBusy, let address?):
      handle.failure(
        .map, .invalidArgument, errno,
        "the arena was mapped at another address than \(address.hexadecimal): all processes must use the same"
      )
    case (.invalidArgument, nil), (.resourceBusy, nil):
      handle.failure(
        .map, .invalidArgument, errno,
        "another process has mapped the arena at an address that the kernel does not tell: pass it, or create the "
          + "arena with an address")
    case (.notPermitted, let address?):
      handle.failure(
        .map, .invalidArgument, errno,
        "processes may not map \(address.hexadecimal): it is below vm.mmap_min_addr")
    default: handle.failure(.map, errno)
    }
  }
}
