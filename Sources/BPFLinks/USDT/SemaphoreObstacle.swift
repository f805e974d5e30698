//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import ELF

/// The reason why the kernel cannot count listeners in a USDT probe's semaphore, so that the probe would never fire.
///
/// The kernel knows the semaphore by its file offset. In each process, it increments the count in the first writable
/// mapping of that part of the file.
enum SemaphoreObstacle: Hashable, Sendable {
  /// The semaphore is in zero-initialized memory, such as `.bss`.
  case notInFile

  /// No segment contains the semaphore.
  case nowhere

  /// The semaphore is in a read-only segment.
  case readOnly

  /// A preceding writable segment maps the same page of the file, and the kernel counts there.
  ///
  /// With `isReadOnlyLater`, the dynamic linker makes that page read-only (RELRO). The kernel then counts correctly in
  /// running processes, but not in processes that start later, because it counts as soon as the first segment is
  /// mapped.
  case sharedPage(isReadOnlyLater: Bool)

  /// Returns whether the program can be attached: to the given running process, or with nil to all.
  func allows(process: Int32?) -> Bool { self == .sharedPage(isReadOnlyLater: true) && process != nil }

  /// The cause, and what to do.
  var explanation: String {
    switch self {
    case .notInFile:
      "its semaphore is in memory without bytes in the file (.bss), where the kernel cannot count listeners: build the file "
        + "with the semaphore in a section with data, such as .probes"
    case .nowhere: "no segment of the file contains its semaphore, so the kernel cannot count listeners"
    case .readOnly:
      "its semaphore is in a read-only segment, where the kernel cannot count listeners: build the file with the "
        + "semaphore in a writable section"
    case .sharedPage(let isReadOnlyLater):
      "two writable segments map the file's page with its semaphore, as lld lays out RELRO, and the kernel counts "
        + "listeners in the wrong one"
        + (isReadOnlyLater ? " in processes that start later: attach to one running process" : "")
        + "; or link the file with -z separate-loadable-segments"
    }
  }
}

extension ExecutableFile {
  /// Returns the file offset of the semaphore at an address, and the reason why the kernel cannot count there, if any.
  ///
  /// - Returns: the offset, 0 for a semaphore that is not in the file.
  func counter(
    at address: UInt64, pageSize: Int = Page.size
  ) -> (offset: UInt64, obstacle: SemaphoreObstacle?) {
    guard
      let segment = segments.first(where: {
        address >= $0.address && address - $0.address < $0.memoryByteCount
      })
    else { return (0, .nowhere) }
    let distance = address - segment.address
    guard distance < segment.byteCount else { return (0, .notInFile) }
    let offset = UInt64(segment.offset) + distance
    guard segment.isWritable else { return (offset, .readOnly) }
    let page = Page.start(of: offset, pageSize: pageSize)
    // The kernel visits mappings by ascending address.
    let others = segments.filter { $0.isWritable && $0.address < segment.address && $0.maps(page, pageSize) }
    guard !others.isEmpty else { return (offset, nil) }
    return (offset, .sharedPage(isReadOnlyLater: others.allSatisfy { isReadOnlyLater($0, page, pageSize) }))
  }

  /// Returns whether the dynamic linker makes a segment's mapping of a page read-only after relocation.
  private func isReadOnlyLater(_ segment: ELFSegment, _ page: UInt64, _ pageSize: Int) -> Bool {
    let start = (segment.address &- UInt64(segment.offset)) &+ page
    // The dynamic linker skips a partial page at the end.
    return relocatedMemory.contains {
      start >= Page.start(of: $0.address, pageSize: pageSize)
        && start &+ UInt64(pageSize) <= Page.start(of: $0.address &+ $0.memoryByteCount, pageSize: pageSize)
    }
  }
}

extension ELFSegment {
  /// Returns whether the segment maps any part of the file's page at an offset.
  fileprivate func maps(_ page: UInt64, _ pageSize: Int) -> Bool {
    byteCount > 0 && page >= Page.start(of: UInt64(offset), pageSize: pageSize)
      && page < UInt64(offset) + UInt64(byteCount)
  }
}
