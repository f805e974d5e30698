//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CKernelFixtures
import Foundation
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Local storage", .kernel)
struct LocalStorageTests {
  /// A value with padding, which must not affect comparisons.
  private struct Facts: Equatable {
    var flag: UInt8
    var count: UInt64
  }

  /// Writes a value through one descriptor of an object, and reads it through another.
  private func exercise<Storage: LocalStorage>(
    _ storage: Storage, _ one: FixtureDescriptor, _ other: FixtureDescriptor, stranger: FixtureDescriptor?
  ) throws where Storage.Value == Facts {
    let (first, second) = (Facts(flag: 1, count: 7), Facts(flag: 2, count: 8))
    #expect(storage.handle.valueSize == 16)
    #expect(storage.handle.flags.contains(.noPrealloc))
    #expect(try storage.lookup(one.fileDescriptor) == nil)
    let missing = #expect(throws: BPFError.self) {
      try storage.update(one.fileDescriptor, to: first, flags: .exist)
    }
    #expect(missing?.code == .notFound)
    try storage.update(one.fileDescriptor, to: first)
    #expect(try storage.lookup(other.fileDescriptor) == first)
    let there = #expect(throws: BPFError.self) {
      try storage.update(other.fileDescriptor, to: second, flags: .noExist)
    }
    #expect(there?.code == .alreadyExists)
    try storage.update(other.fileDescriptor, to: second, flags: .exist)
    #expect(try storage.lookup(one.fileDescriptor) == second)
    if let stranger { #expect(try storage.lookup(stranger.fileDescriptor) == nil) }
    #expect(try storage.delete(one.fileDescriptor))
    #expect(try !storage.delete(other.fileDescriptor))
    #expect(try storage.lookup(other.fileDescriptor) == nil)
  }

  /// Expects each call to refuse a descriptor, and to name its kind.
  private func refuses<Storage: LocalStorage<UInt64>>(
    _ storage: Storage, _ object: FileDescriptor, _ code: BPFError.Code, _ explanation: String
  ) {
    let calls: [() throws -> Void] = [
      { _ = try storage.lookup(object) }, { try storage.update(object, to: 1) },
      { try storage.delete(object) },
    ]
    for call in calls {
      let error = #expect(throws: BPFError.self) { try call() }
      #expect(error?.code == code)
      #expect(error?.description.contains(explanation) == true)
    }
  }

  // MARK: - Objects by process ID and path

  @Test("A process's value is that of its ID and its pidfd")
  func processes() throws {
    let storage = try TaskStorage<UInt64>()
    let own = FixtureDescriptor(adopting: kf_pidfd_open(getpid()))
    #expect(try storage.lookup(process: getpid()) == nil)
    try storage.update(process: getpid(), to: 7)
    #expect(try storage.lookup(own.fileDescriptor) == 7 && storage.lookup(process: getpid()) == 7)
    let exists = #expect(throws: BPFError.self) {
      try storage.update(process: getpid(), to: 8, flags: .noExist)
    }
    #expect(exists?.code == .alreadyExists)
    #expect(try storage.delete(process: getpid()))
    #expect(try !storage.delete(own.fileDescriptor))
    // The other thread stays until it has been asked about.
    let thread = Worker.start {
      let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
      let thread = try #require(own.split(separator: "/").last.flatMap { Int32($0) })
      let error = #expect(throws: BPFError.self) { try storage.lookup(process: thread) }
      #expect(error?.code == .notFound && error?.explanation == "there is no process \(thread)")
    }
    try thread.join()
    for process in [Int32.max, -1] {
      let error = #expect(throws: BPFError.self) { try storage.lookup(process: process) }
      #expect(error?.code == .notFound && error?.operation == .lookup && error?.mapID == storage.id)
      #expect(error?.explanation == "there is no process \(process)")
    }
  }

  @Test("A control group's value is that of its path and its directory", .mapType(.cgrpStorage))
  func cgroupPaths() throws {
    let storage = try CgroupStorage<UInt64>()
    let group = try TemporaryCgroup()
    let path = FilePath(group.path)
    try storage.update(cgroup: path, to: 7)
    #expect(try storage.lookup(group.descriptor.fileDescriptor) == 7 && storage.lookup(cgroup: path) == 7)
    #expect(try storage.delete(cgroup: path) && storage.lookup(cgroup: path) == nil)
    let missing = #expect(throws: BPFError.self) { try storage.update(cgroup: "/no/such/group", to: 1) }
    #expect(missing?.code == .notFound && missing?.path == "/no/such/group")
    let other = #expect(throws: BPFError.self) { try storage.update(cgroup: "/proc", to: 1) }
    #expect(other?.code == .wrongObject)
  }

  @Test("A control group is added to an array by its path")
  func cgroupArray() throws {
    let array = try CgroupArray(maxEntries: 2)
    let group = try TemporaryCgroup()
    try array.update(1, toCgroup: FilePath(group.path))
    #expect(try array.delete(1) && !array.delete(0))
    let other = #expect(throws: BPFError.self) { try array.update(0, toCgroup: "/proc") }
    #expect(other?.code == .wrongObject)
    let outside = #expect(throws: BPFError.self) { try array.update(2, toCgroup: FilePath(group.path)) }
    #expect(outside?.code == .outOfBounds)
  }

  @Test(
    "A file's value is that of its path and its descriptors, whatever the file's kind",
    .mapType(.inodeStorage))
  func filePaths() throws {
    let storage = try InodeStorage<UInt64>()
    try withTemporaryDirectory { directory in
      let (file, pipe) = (directory.appending("file"), directory.appending("pipe"))
      let descriptor = FixtureDescriptor(adopting: open(file.string, O_CREAT | O_RDWR, 0))
      #expect(mkfifo(pipe.string, 0o600) == 0)
      try storage.update(file: file, to: 7)
      #expect(try storage.lookup(descriptor.fileDescriptor) == 7 && storage.lookup(file: file) == 7)
      // Opening a pipe for reading would wait for a writer.
      try storage.update(file: pipe, to: 8)
      #expect(try storage.lookup(file: pipe) == 8 && storage.lookup(file: directory) == nil)
      #expect(try storage.delete(file: file) && storage.lookup(file: file) == nil)
      let missing = #expect(throws: BPFError.self) {
        try storage.lookup(file: directory.appending("none"))
      }
      #expect(missing?.code == .notFound)
    }
  }

  // MARK: - Kinds of objects

  @Test("Stores values for sockets")
  func sockets() throws {
    let (socket, stranger) = try FixtureDescriptor.socketPair()
    try exercise(
      SocketStorage(name: UniqueName.next()), socket, try socket.duplicated(), stranger: stranger)
    let storage = try SocketStorage<UInt64>(options: MapOptions(flags: .clone))
    let program = try FixtureDescriptor.program()
    refuses(storage, program.fileDescriptor, .wrongObject, "is a BPF program, not a socket")
    refuses(storage, FileDescriptor(rawValue: -1), .invalidArgument, "descriptor -1 is not open")
  }

  @Test("Stores values for inodes")
  func inodes() throws {
    let (file, stranger) = (try FixtureDescriptor.temporaryFile(), try FixtureDescriptor.temporaryFile())
    try exercise(InodeStorage(name: UniqueName.next()), file, try file.reopened(), stranger: stranger)
    let storage = try InodeStorage<UInt64>()
    refuses(storage, FileDescriptor(rawValue: -1), .invalidArgument, "descriptor -1 is not open")
  }

  @Test("Stores values for tasks", .mapType(.taskStorage))
  func tasks() throws {
    let (child, stranger) = (try ChildProcess(), try ChildProcess())
    try exercise(
      TaskStorage(name: UniqueName.next()), try child.pidfd(), try child.pidfd(),
      stranger: try stranger.pidfd())
    let storage = try TaskStorage<UInt64>()
    let file = try FixtureDescriptor.temporaryFile()
    refuses(storage, file.fileDescriptor, .wrongObject, "not a process (a pidfd)")
    refuses(storage, FileDescriptor(rawValue: -1), .invalidArgument, "descriptor -1 is not open")
  }

  @Test("Stores values for cgroups", .mapType(.cgrpStorage))
  func cgroups() throws {
    let (group, stranger) = (try TemporaryCgroup(), try TemporaryCgroup())
    let storage = try CgroupStorage<Facts>(name: UniqueName.next())
    try exercise(
      storage, group.descriptor, try group.descriptor.reopened(), stranger: stranger.descriptor)
    let numbers = try CgroupStorage<UInt64>()
    let (file, socket) = (try FixtureDescriptor.temporaryFile(), try FixtureDescriptor.listeningSocket())
    refuses(numbers, file.fileDescriptor, .wrongObject, "is not a directory of a version 2 control group")
    refuses(numbers, file.fileDescriptor, .wrongObject, "version 2 is mounted at '/")
    refuses(
      numbers, socket.fileDescriptor, .wrongObject,
      "is a socket, not a directory of a version 2 control group")
    refuses(numbers, FileDescriptor(rawValue: -1), .invalidArgument, "descriptor -1 is not open")
  }

  // MARK: - Lifetime

  @Test("A value is freed with its object", .mapType(.taskStorage))
  func gone() throws {
    let tasks = try TaskStorage<UInt64>()
    let child = try ChildProcess()
    let pidfd = try child.pidfd()
    try tasks.update(pidfd.fileDescriptor, to: 7)
    #expect(try tasks.lookup(pidfd.fileDescriptor) == 7)
    child.end()
    #expect(try tasks.lookup(pidfd.fileDescriptor) == nil)
    let ended = #expect(throws: BPFError.self) { try tasks.update(pidfd.fileDescriptor, to: 7) }
    #expect(ended?.code == .notFound)

    // A new object may get the number of the old one, but must not get its value.
    let (sockets, files) = (try SocketStorage<UInt64>(), try InodeStorage<UInt64>())
    for number in 0..<UInt64(20) {
      let (socket, file) = (try FixtureDescriptor.listeningSocket(), try FixtureDescriptor.temporaryFile())
      #expect(try sockets.lookup(socket.fileDescriptor) == nil)
      #expect(try files.lookup(file.fileDescriptor) == nil)
      try sockets.update(socket.fileDescriptor, to: number)
      try files.update(file.fileDescriptor, to: number)
    }
  }

  @Test("With the caller's BTF, reads and writes values under their spin lock")
  func locked() throws {
    struct Locked: Equatable {
      var counter: Int32
      var lock: UInt32 = 0
    }
    let btf = try FixtureDescriptor.btf()
    let types = MapOptions.BTF(
      descriptor: btf.fileDescriptor, keyTypeID: FixtureBTF.int32, valueTypeID: FixtureBTF.lockedValue)
    let (socket, peer) = try FixtureDescriptor.socketPair()
    let storage = try SocketStorage<Locked>(options: MapOptions(btf: types))
    #expect(try storage.handle.info().btfValueTypeID == FixtureBTF.lockedValue)
    try storage.update(socket.fileDescriptor, to: Locked(counter: 1))
    try storage.update(socket.fileDescriptor, to: Locked(counter: 2, lock: 9), flags: .lock)
    #expect(try storage.lookup(socket.fileDescriptor, flags: .lock) == Locked(counter: 2))
    // The kernel refuses the flag for a value without a lock.
    let plain = try SocketStorage<UInt64>()
    let error = #expect(throws: BPFError.self) {
      try plain.update(peer.fileDescriptor, to: 1, flags: .lock)
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.description.contains("bpf_spin_lock") == true)
  }

  @Test("Wraps a storage created elsewhere, and refuses another value size")
  func wrapping() throws {
    let btf = try FixtureDescriptor.btf()
    let types = MapOptions.BTF(
      descriptor: btf.fileDescriptor, keyTypeID: FixtureBTF.int32, valueTypeID: FixtureBTF.uint64)
    let handle = try MapHandle(
      type: .skStorage, keySize: 4, valueSize: 8, maxEntries: 0,
      options: MapOptions(flags: .noPrealloc, btf: types))
    let (socket, _) = try FixtureDescriptor.socketPair()
    try SocketStorage<UInt64>(handle).update(socket.fileDescriptor, to: 5)
    #expect(try handle.lookup(socket.bytes) == UInt64(5).bytes)
    let error = #expect(throws: BPFError.self) { try SocketStorage<UInt32>(handle) }
    #expect(error?.code == .typeMismatch)
    #expect(error?.description.contains("8-byte values") == true)
    #expect(error?.description.contains("4-byte values") == true)
  }

  @Test("Accepts large values, and refuses huge ones")
  func sizes() throws {
    struct Large { var words: InlineArray<1000, UInt64> }
    #expect(try SocketStorage<Large>().handle.valueSize == 8000)
    struct Huge { var words: InlineArray<20000, UInt64> }
    #expect(throws: BPFError.self) { try SocketStorage<Huge>() }
  }
}
