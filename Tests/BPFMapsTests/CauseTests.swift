//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import KernelFixtures
import Testing

@testable import BPFSyscall

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Tests that errors explain an errno by the operation that returned it.
@Suite("Causes of errors", .kernel)
struct CauseTests {
  private static func failure(_ operation: () throws -> Void) -> BPFError? {
    do {
      try operation()
      Issue.record("nothing failed")
      return nil
    } catch {
      return error as? BPFError
    }
  }

  /// Returns the error that `operation` throws when the next bpf(2) call on its thread fails with `errno`.
  private static func failure(
    answering errno: Errno, _ operation: @escaping @Sendable () throws -> Void
  ) async throws -> BPFError? {
    try await Worker.run {
      let answer = kf_interrupt_bpf_calls(1, errno.rawValue)
      if answer < 0 { throw Errno(rawValue: -answer) }
      return failure(operation)
    }
  }

  // MARK: - ENOENT

  @Test("An update with `.exist` of a missing key names BPF_EXIST")
  func replacing() throws {
    let map = try MapHandle.fixture(.hash)
    let error = Self.failure { try map.update(UInt32(9).bytes, to: UInt64(1).bytes, flags: .exist) }
    #expect(error?.code == .notFound && error?.errno == .noSuchFileOrDirectory)
    #expect(error?.explanation.contains("only to replace (BPF_EXIST)") == true)
  }

  @Test("An update of a task storage of an ended process says so", .mapType(.taskStorage))
  func endedProcess() throws {
    let tasks = try TaskStorage<UInt64>()
    let child = try ChildProcess()
    let pidfd = try child.pidfd()
    child.end()
    let error = Self.failure { try tasks.update(pidfd.fileDescriptor, to: 7) }
    #expect(error?.code == .notFound)
    #expect(error?.explanation == "the process of the given pidfd has ended")
  }

  @Test("ENOENT without a count or cursor is an error, not the end of the map")
  func batchEnd() async throws {
    let map = try MapHandle.fixture(.hash, maxEntries: 64)
    try map.fill(Array(1...20))
    let error = try await Self.failure(answering: .noSuchFileOrDirectory) { _ = try map.entries() }
    #expect(error?.code == .system && error?.errno == .noSuchFileOrDirectory)
    #expect(error?.explanation.contains("neither a count nor a cursor") == true)
    let drained = try await Self.failure(answering: .noSuchFileOrDirectory) { _ = try map.drain() }
    #expect(drained?.errno == .noSuchFileOrDirectory)
    #expect(try map.entries().count == 20)
  }

  @Test(
    "A batch as large as the map reaches the map's end", .kernel(since: "6.1"), arguments: [1, 2, 7, 64, 512])
  func wholeBatch(count: Int) throws {
    for type in [MapType.hash, .lruHash, .lpmTrie, .array] {
      let map = try MapHandle.fixture(type, maxEntries: count)
      if type == .hash { try map.fill(Array(1...UInt32(count))) }
      var (cursor, read) = (MapCursor(), 0)
      while !cursor.isAtEnd { read += try map.lookupBatch(&cursor, count: count).count }
      #expect(try read == map.count(), "\(type)")
    }
  }

  // MARK: - Pins and files

  @Test("EINVAL from pinning is explained by the object")
  func pinning() async throws {
    let fileSystem = try TemporaryBPFFileSystem()
    let (map, path) = (try MapHandle.fixture(.hash), fileSystem.path.appending("map"))
    let error = try await Self.failure(answering: .invalidArgument) { try map.pin(at: path) }
    #expect(error?.code == .invalidArgument && error?.path == path)
    #expect(error?.explanation == "the kernel cannot pin this map")
    withExtendedLifetime(fileSystem) {}
  }

  // MARK: - Sockets

  @Test("A UDP socket that is neither bound nor connected is refused")
  func datagramSockets() throws {
    let sockets = try SockMap(maxEntries: 4)
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    try #require(descriptor >= 0)
    let udp = FixtureDescriptor(adopting: descriptor)
    let typed = Self.failure { try sockets.update(0, to: udp.fileDescriptor) }
    let plain = Self.failure { try sockets.handle.update([0, 0, 0, 0], to: udp.wideBytes) }
    for error in [typed, plain] {
      #expect(error?.code == .invalidArgument && error?.errno == .notSupported)
      #expect(error?.explanation.contains("UDP sockets that are bound or connected") == true)
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    let answer = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(answer == 0)
    try sockets.update(0, to: udp.fileDescriptor)
  }

  // MARK: - Signals

  @Test(
    "A call that signals keep interrupting fails and says so",
    arguments: [Errno.interrupted, .resourceTemporarilyUnavailable])
  func interrupted(errno: Errno) async throws {
    let map = try MapHandle.fixture(.hash)
    let error = try await Worker.run {
      _ = kf_interrupt_bpf_calls(.max, errno.rawValue)
      return Self.failure { try map.update(UInt32(1).bytes, to: UInt64(1).bytes) }
    }
    #expect(error?.errno == errno && error?.explanation.contains("signals kept interrupting") == true)
  }
}

/// Tests that system calls other than bpf(2) are retried, too.
@Suite("Interrupted system calls", .kernel, .sources)
struct InterruptedSystemCallTests {
  private static let errors: [Errno] = [.interrupted, .resourceTemporarilyUnavailable]

  /// Makes the next calls of a system call fail on this thread.
  private static func interrupt(_ call: kf_interruptible, _ count: Int32, _ errno: Errno) throws {
    let answer = kf_interrupt_calls(call, count, errno.rawValue)
    if answer < 0 { throw Errno(rawValue: -answer) }
  }

  @Test("mmap is retried", arguments: errors)
  func mapping(errno: Errno) async throws {
    let map = try MapHandle.fixture(.array, flags: .mmapable)
    let count = try await Worker.run {
      try Self.interrupt(KF_CALL_MMAP, 3, errno)
      return try map.withFileDescriptor {
        try OwnedMapping($0, byteCount: pageSize, isWritable: true).byteCount
      }
    }
    #expect(count == pageSize)
    let error = try await Worker.run { () -> Errno? in
      try Self.interrupt(KF_CALL_MMAP, .max, errno)
      return map.withFileDescriptor { map in
        do throws(Errno) {
          _ = try OwnedMapping(map, byteCount: pageSize, isWritable: true)
          return nil
        } catch {
          return error
        }
      }
    }
    #expect(error == errno)
  }

  @Test("Opening, enabling, and reading a perf event is retried", arguments: errors)
  func events(errno: Errno) async throws {
    for call in [KF_CALL_PERF_EVENT_OPEN, KF_CALL_IOCTL, KF_CALL_READ] {
      let time = try await Worker.run {
        try Self.interrupt(call, 3, errno)
        let event = try PerfOutput.open(cpu: 0, wakeUp: 1, isInBytes: false)
        try event.enable()
        return try event.enabledTime()
      }
      #expect(time > 0)
    }
  }
}
