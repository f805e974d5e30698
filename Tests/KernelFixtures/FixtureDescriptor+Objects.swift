//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// BPF objects that are no maps, and the files and sockets that maps hold or are keyed by.

extension FixtureDescriptor {
  // MARK: - Programs, links, BTF

  /// The program types that fixtures load.
  package enum ProgramType: UInt32, Sendable {
    case socketFilter = 1
    case xdp = 6
    case cgroupSKB = 8
  }

  /// A program that does nothing but return `value`.
  package static func program(
    _ type: ProgramType = .socketFilter, returning value: Int32 = 0, name: String = "kf_program"
  ) throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_returning(type.rawValue, value, name)
    return FixtureDescriptor(adopting: try check(program, "load a \(type) program"))
  }

  /// A program that adds one to the 64-bit element 0 of the array `map` on each `run()`.
  package static func countingProgram(map: FileDescriptor) throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_program_counting(map.rawValue), "load a counting program"))
  }

  /// A program that records the stack it runs on in the stack trace map `map` on each `run()`.
  package static func stackRecordingProgram(map: FileDescriptor) throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_program_recording_stack(map.rawValue), "load a stack program"))
  }

  /// The same of the process's stack.
  package static func userStackRecordingProgram(
    map: FileDescriptor
  ) throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_recording_user_stack(map.rawValue)
    return FixtureDescriptor(adopting: try check(program, "load a user stack program"))
  }

  /// A program that jumps to the one at `index` of the program array `map`, or else returns `otherwise`.
  package static func tailCallingProgram(
    map: FileDescriptor, index: Int32, otherwise: Int32
  ) throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_tail_calling(map.rawValue, index, otherwise)
    return FixtureDescriptor(adopting: try check(program, "load a tail call"))
  }

  /// An XDP program for the elements of device maps.
  package static func deviceMapProgram() throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_in_map(UInt32(KF_ATTACH_XDP_DEVMAP))
    return FixtureDescriptor(adopting: try check(program, "load a device map program"))
  }

  /// An XDP program for the elements of CPU maps.
  package static func cpuMapProgram() throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_in_map(UInt32(KF_ATTACH_XDP_CPUMAP))
    return FixtureDescriptor(adopting: try check(program, "load a CPU map program"))
  }

  /// The kernel's id of this program.
  package var programID: UInt32 {
    get throws(FixtureError) { UInt32(try check(kf_program_id(number), "read the info of a program")) }
  }

  /// A program that uses the cgroup storage `map`.
  package static func cgroupStorageProgram(map: FileDescriptor) throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_using_cgroup_storage(map.rawValue)
    return FixtureDescriptor(adopting: try check(program, "load a program with cgroup storage"))
  }

  /// Runs this program once and returns what it returned.
  @discardableResult
  package func run() throws(FixtureError) -> UInt32 {
    var result: UInt32 = 0
    try check(kf_program_run(number, &result), "run a program")
    return result
  }

  /// The BTF blob of `FixtureBTF`, loaded.
  package static func btf() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_btf_load(), "load BTF"))
  }

  /// A token with which this user may create hash maps without a capability.
  package static func hashToken() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_token("map_create", "hash", nil), "make a BPF token"))
  }

  /// A token with which this user may load types and programs, and create maps, without a capability.
  package static func loadingToken() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(
      adopting: try check(kf_token("map_create:prog_load:btf_load", "any", "any"), "make a BPF token"))
  }

  /// Pins the object behind this descriptor, whatever it is.
  package func pin(at path: FilePath) throws(FixtureError) {
    try check(path.withPlatformString { kf_object_pin(number, $0) }, "pin at \(path)")
  }

  // MARK: - Files, processes, events

  /// A file without a name in `directory`.
  package static func temporaryFile(in directory: String = "/tmp") throws(Errno) -> FixtureDescriptor {
    let path = FilePath(directory).appending("swift-bpf-\(UniqueName.next())")
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(
        path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec], permissions: [.ownerReadWrite])
    } catch { throw error as? Errno ?? .invalidArgument }
    _ = path.withPlatformString { unlink($0) }
    return FixtureDescriptor(adopting: file.rawValue)
  }

  /// A second open file of what this descriptor stands for, which must be a file.
  package func reopened() throws(Errno) -> FixtureDescriptor {
    let copy = open("/proc/self/fd/\(number)", O_RDONLY | O_CLOEXEC)
    guard copy >= 0 else { throw Errno(rawValue: errno) }
    return FixtureDescriptor(adopting: copy)
  }

  /// A second descriptor.
  package func duplicated() throws(Errno) -> FixtureDescriptor {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw Errno(rawValue: errno) }
    return FixtureDescriptor(adopting: copy)
  }

  /// This process, as task storages are keyed.
  package static func pidfd() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_pidfd_open(getpid()), "pidfd_open"))
  }

  /// A software event on the first CPU.
  package static func perfEvent() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_perf_event_open(0), "perf_event_open"))
  }

  // MARK: - Sockets

  /// A TCP socket that listens on the loopback device.
  package static func listeningSocket() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_listening_socket(), "listen"))
  }

  /// A UDP socket on the loopback device whose port others may share.
  package static func reuseportSocket() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_reuseport_socket(), "bind with SO_REUSEPORT"))
  }

  /// An AF_XDP socket with a ring to receive into, not bound to a device.
  package static func xdpSocket() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_xdp_socket(), "create an AF_XDP socket"))
  }

  /// The number that the kernel gave this socket, by getsockopt(2).
  package var socketCookie: UInt64 {
    get throws(FixtureError) {
      var cookie: UInt64 = 0
      try check(kf_socket_cookie(number, &cookie), "read a socket's cookie")
      return cookie
    }
  }

  /// Two connected AF_UNIX stream sockets.
  package static func socketPair() throws(FixtureError) -> (FixtureDescriptor, FixtureDescriptor) {
    var sockets: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutablePointer(to: &sockets) { pair in
      pair.withMemoryRebound(to: Int32.self, capacity: 2) { kf_stream_socket_pair($0) }
    }
    try check(result, "socketpair")
    return (FixtureDescriptor(adopting: sockets.0), FixtureDescriptor(adopting: sockets.1))
  }
}
