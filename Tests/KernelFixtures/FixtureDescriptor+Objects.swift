//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPF
import CKernelFixtures
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// BPF objects other than maps, and the files and sockets that maps hold or use as keys.

extension FixtureDescriptor {
  // MARK: - Programs, links, BTF

  /// The program types that fixtures load.
  package enum ProgramType: UInt32, Sendable {
    case socketFilter = 1
    case xdp = 6
    case cgroupSKB = 8
  }

  /// Loads a program that only returns `value`.
  package static func program(
    _ type: ProgramType = .socketFilter, returning value: Int32 = 0, name: String = "kf_program"
  ) throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_returning(type.rawValue, value, name)
    return FixtureDescriptor(adopting: try check(program, "load a \(type) program"))
  }

  /// Loads a program that adds one to the 64-bit element 0 of the array `map` on each `run()`.
  package static func countingProgram(map: FileDescriptor) throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_program_counting(map.rawValue), "load a counting program"))
  }

  /// Loads a program that records its kernel stack in the stack trace map `map` on each `run()`.
  package static func stackRecordingProgram(map: FileDescriptor) throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_program_recording_stack(map.rawValue), "load a stack program"))
  }

  /// Loads a program that records the process's user stack in the stack trace map `map` on each `run()`.
  package static func userStackRecordingProgram(
    map: FileDescriptor
  ) throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_recording_user_stack(map.rawValue)
    return FixtureDescriptor(adopting: try check(program, "load a user stack program"))
  }

  /// Loads a program that tail-calls index `index` of the program array `map`, and returns `otherwise` if that fails.
  package static func tailCallingProgram(
    map: FileDescriptor, index: Int32, otherwise: Int32
  ) throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_tail_calling(map.rawValue, index, otherwise)
    return FixtureDescriptor(adopting: try check(program, "load a tail call"))
  }

  /// Loads an XDP program for elements of device maps.
  package static func deviceMapProgram() throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_in_map(UInt32(KF_ATTACH_XDP_DEVMAP))
    return FixtureDescriptor(adopting: try check(program, "load a device map program"))
  }

  /// Loads an XDP program for elements of CPU maps.
  package static func cpuMapProgram() throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_in_map(UInt32(KF_ATTACH_XDP_CPUMAP))
    return FixtureDescriptor(adopting: try check(program, "load a CPU map program"))
  }

  /// The program's ID.
  package var programID: UInt32 {
    get throws(FixtureError) { UInt32(try check(kf_program_id(number), "read the info of a program")) }
  }

  /// Loads a program that uses the cgroup storage `map`.
  package static func cgroupStorageProgram(map: FileDescriptor) throws(FixtureError) -> FixtureDescriptor {
    let program = kf_program_using_cgroup_storage(map.rawValue)
    return FixtureDescriptor(adopting: try check(program, "load a program with cgroup storage"))
  }

  /// Runs the program once and returns its return value.
  @discardableResult
  package func run() throws(FixtureError) -> UInt32 {
    var result: UInt32 = 0
    try check(kf_program_run(number, &result), "run a program")
    return result
  }

  /// Loads the BTF that `FixtureBTF` describes.
  package static func btf() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_btf_load(), "load BTF"))
  }

  /// Creates a token that delegates commands, map types, and program types with all attach types, each as names joined
  /// by colons.
  package static func token(
    _ commands: String, maps: String? = nil, programs: String? = nil
  ) throws -> BPFToken {
    let descriptor = FixtureDescriptor(
      adopting: try check(kf_token(commands, maps, programs), "make a BPF token"))
    return try withExtendedLifetime(descriptor) { try BPFToken(duplicating: descriptor.fileDescriptor) }
  }

  /// Creates a token that allows creating hash maps without a capability.
  package static func hashToken() throws -> BPFToken { try token("map_create", maps: "hash") }

  /// Creates a token that allows loading BTF and programs, and creating maps, without a capability.
  package static func loadingToken() throws -> BPFToken {
    try token("map_create:prog_load:btf_load", maps: "any", programs: "any")
  }

  /// Pins the object that this descriptor refers to.
  package func pin(at path: FilePath) throws(FixtureError) {
    try check(path.withPlatformString { kf_object_pin(number, $0) }, "pin at \(path)")
  }

  // MARK: - Files, processes, events

  /// Creates an unnamed file in `directory`.
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

  /// Opens the file that this descriptor refers to a second time.
  package func reopened() throws(Errno) -> FixtureDescriptor {
    let copy = open("/proc/self/fd/\(number)", O_RDONLY | O_CLOEXEC)
    guard copy >= 0 else { throw Errno(rawValue: errno) }
    return FixtureDescriptor(adopting: copy)
  }

  /// Duplicates the descriptor.
  package func duplicated() throws(Errno) -> FixtureDescriptor {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw Errno(rawValue: errno) }
    return FixtureDescriptor(adopting: copy)
  }

  /// Returns a pidfd of this process, the key of task storage.
  package static func pidfd() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_pidfd_open(getpid()), "pidfd_open"))
  }

  /// Opens a software perf event on the first CPU.
  package static func perfEvent() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_perf_event_open(0), "perf_event_open"))
  }

  // MARK: - Sockets

  /// Creates a TCP socket that listens on the loopback interface.
  package static func listeningSocket() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_listening_socket(), "listen"))
  }

  /// Creates a UDP socket on the loopback interface with `SO_REUSEPORT`.
  package static func reuseportSocket() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_reuseport_socket(), "bind with SO_REUSEPORT"))
  }

  /// Creates an AF_XDP socket with an RX ring, not bound to an interface.
  package static func xdpSocket() throws(FixtureError) -> FixtureDescriptor {
    FixtureDescriptor(adopting: try check(kf_xdp_socket(), "create an AF_XDP socket"))
  }

  /// The socket's cookie, from getsockopt(2).
  package var socketCookie: UInt64 {
    get throws(FixtureError) {
      var cookie: UInt64 = 0
      try check(kf_socket_cookie(number, &cookie), "read a socket's cookie")
      return cookie
    }
  }

  /// Creates two connected AF_UNIX stream sockets.
  package static func socketPair() throws(FixtureError) -> (FixtureDescriptor, FixtureDescriptor) {
    var sockets: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutablePointer(to: &sockets) { pair in
      pair.withMemoryRebound(to: Int32.self, capacity: 2) { kf_stream_socket_pair($0) }
    }
    try check(result, "socketpair")
    return (FixtureDescriptor(adopting: sockets.0), FixtureDescriptor(adopting: sockets.1))
  }
}
