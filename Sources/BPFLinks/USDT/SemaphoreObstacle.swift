//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps

/// Why the kernel cannot count who listens in the semaphore of a USDT probe, so that the probe would never fire.
///
/// The kernel knows the semaphore by its offset in the file. It looks for the first writable mapping of that part of the
/// file in each process, and counts there.
enum SemaphoreObstacle: Hashable, Sendable {
  /// The semaphore is in memory that begins as zeros, such as `.bss`.
  case notInFile

  /// No segment has the semaphore.
  case nowhere

  /// The semaphore is in a segment that processes cannot write.
  case readOnly

  /// Another writable segment before it maps the same page of the file, and the kernel counts there.
  ///
  /// With `isReadOnlyLater`, the dynamic linker makes that page read-only (RELRO). Processes that have begun are counted
  /// in the right place then. Those that begin later are not: the kernel counts as soon as the first segment is mapped.
  case sharedPage(isReadOnlyLater: Bool)

  /// Whether a program can be attached: to one process that has begun, or else to all.
  func allows(process: Int32?) -> Bool { self == .sharedPage(isReadOnlyLater: true) && process != nil }

  /// What is in the way, and what helps.
  var explanation: String {
    switch self {
    case .notInFile:
      "its semaphore is in memory without bytes in the file (.bss), where the kernel cannot count listeners: build the file "
        + "with the semaphore in a section with data, such as .probes"
    case .nowhere: "its semaphore is in no segment of the file, and the kernel cannot count listeners"
    case .readOnly:
      "its semaphore is in a read-only segment, where the kernel cannot count listeners: build the file with the "
        + "semaphore in a writable section"
    case .sharedPage(let isReadOnlyLater):
      "two writable segments map the file's page with its semaphore, as lld lays out RELRO, and the kernel counts "
        + "listeners in the wrong one"
        + (isReadOnlyLater ? " in processes that begin later: attach to one process that runs" : "")
        + "; or link the file with -z separate-loadable-segments"
    }
  }
}

extension ExecutableFile {
  /// Returns where in the file a semaphore is, by its address, and why the kernel cannot count there.
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
    // The kernel goes through mappings by their addresses.
    let others = segments.filter { $0.isWritable && $0.address < segment.address && $0.maps(page, pageSize) }
    guard !others.isEmpty else { return (offset, nil) }
    return (offset, .sharedPage(isReadOnlyLater: others.allSatisfy { isReadOnlyLater($0, page, pageSize) }))
  }

  /// Whether the dynamic linker makes a page of the file read-only where a segment maps it, after relocation.
  private func isReadOnlyLater(_ segment: Segment, _ page: UInt64, _ pageSize: Int) -> Bool {
    let start = (segment.address &- UInt64(segment.offset)) &+ page
    // It leaves out a page at the end that is not all in it.
    return relocatedMemory.contains {
      start >= Page.start(of: $0.address, pageSize: pageSize)
        && start &+ UInt64(pageSize) <= Page.start(of: $0.address &+ $0.memoryByteCount, pageSize: pageSize)
    }
  }
}

extension ExecutableFile.Segment {
  /// Whether the page at an offset of the file is mapped, of which a segment may have a part.
  fileprivate func maps(_ page: UInt64, _ pageSize: Int) -> Bool {
    byteCount > 0 && page >= Page.start(of: UInt64(offset), pageSize: pageSize)
      && page < UInt64(offset) + UInt64(byteCount)
  }
}
