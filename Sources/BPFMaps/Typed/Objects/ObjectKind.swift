//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// A kind of kernel object that maps hold, or are keyed by, and that is passed as a descriptor.
enum ObjectKind: String {
  case map = "a BPF map"
  case program = "a BPF program"
  case perfEvent = "a perf event"
  case cgroup = "a directory of a version 2 control group"
  case socket = "a socket"
  case xdpSocket = "an AF_XDP socket"
  case file = "a file"
  case process = "a process (a pidfd)"

  /// Creates the kind of object that maps of a type hold, or that local storage of the type belongs to; nil for other
  /// types.
  init?(of type: MapType) {
    switch type {
    case .arrayOfMaps, .hashOfMaps: self = .map
    case .programArray, .devMap, .devMapHash, .cpuMap: self = .program
    case .perfEventArray: self = .perfEvent
    case .cgroupArray, .cgrpStorage: self = .cgroup
    case .sockMap, .sockHash, .reuseportSockArray, .skStorage: self = .socket
    case .xskMap: self = .xdpSocket
    case .inodeStorage: self = .file
    case .taskStorage: self = .process
    default: return nil
    }
  }

  /// Returns whether an object of the given descriptor kind may be of this kind: false only if it certainly is not.
  func accepts(_ other: DescriptorKind) -> Bool {
    switch self {
    case .map: other == .map
    case .program: other.target == "anon_inode:bpf-prog"
    case .perfEvent: other.target == "anon_inode:[perf_event]"
    case .socket, .xdpSocket: other.target.hasPrefix("socket:")
    case .cgroup: other.target.hasPrefix("/")
    // Newer kernels have a separate file system for pidfds.
    case .process: other.target == "anon_inode:[pidfd]" || other.target.hasPrefix("pidfd:")
    case .file: true
    }
  }
}

// MARK: - Rejected descriptors

extension MapHandle {
  /// Returns the error of a failed call that was given a descriptor. Explains whether the descriptor is the cause.
  ///
  /// For a wrong descriptor, the kernel returns `EINVAL`, `EBADF`, `ENOTSOCK` or `EOPNOTSUPP`, depending on the map
  /// type. The descriptor's kind is more specific; it is looked up only after a failure. System calls: one readlink(2).
  func failure(_ error: BPFError, given descriptor: FileDescriptor) -> BPFError {
    guard let wanted = ObjectKind(of: type), let errno = error.errno else { return error }
    let mayBeDescriptor: Set<Errno> = [
      .invalidArgument, .badFileDescriptor, .notSocket, .notSupported, .notSupportedByKernel, .noMemory,
    ]
    var refined = error
    // Other kernels accept such a socket, which never receives a packet.
    if type == .xskMap, errno == .noBufferSpace {
      refined.code = .invalidArgument
      refined.explanation =
        "descriptor \(descriptor.rawValue) is an AF_XDP socket without a receive ring, which this kernel refuses: "
        + "set XDP_RX_RING first"
      return refined
    }
    guard mayBeDescriptor.contains(errno) else { return error }
    if let fault = fault(of: descriptor, wanted: wanted) {
      (refined.code, refined.explanation) = (fault.code, fault.text)
    } else if errno == .badFileDescriptor {
      refined.code = .wrongObject
      let text = "descriptor \(descriptor.rawValue) is not \(wanted.rawValue)"
      refined.explanation = wanted == .cgroup ? "\(text): \(CgroupFileSystem.advice)" : text
    } else if isSocketUnfit(errno, error) {
      refined.code = .invalidArgument
      refined.explanation = socketRule
    }
    return refined
  }

  /// Returns the fault of a descriptor that should refer to an object; nil if it may be of the wanted kind.
  func fault(of descriptor: FileDescriptor, wanted: ObjectKind) -> (code: BPFError.Code, text: String)? {
    let kind: DescriptorKind
    do throws(Errno) {
      kind = try DescriptorKind(of: descriptor)
    } catch {
      // Without /proc, the kind is unknown.
      guard error == .noSuchFileOrDirectory, (try? descriptor.accessMode()) == nil else { return nil }
      return (.invalidArgument, "descriptor \(descriptor.rawValue) is not open")
    }
    if wanted.accepts(kind) { return nil }
    return (.wrongObject, "descriptor \(descriptor.rawValue) is \(kind), not \(wanted.rawValue)")
  }

  /// Returns whether an errno means that the map does not accept such a socket.
  private func isSocketUnfit(_ errno: Errno, _ error: BPFError) -> Bool {
    switch type {
    case .sockMap, .sockHash, .xskMap: errno == .notSupported
    case .reuseportSockArray:
      errno == .notSupportedByKernel || errno == .invalidArgument && error.explanation.isEmpty
    default: false
    }
  }

  /// A message about the sockets that maps of this type accept.
  var socketRule: String {
    switch type {
    case .xskMap: "only AF_XDP sockets can be in an xskmap map"
    case .reuseportSockArray:
      "only bound UDP sockets and listening TCP sockets, with SO_REUSEPORT, can be in a reuseport_sockarray map"
    default:
      "only TCP sockets that are connected or listening, UDP sockets that are bound or connected, and AF_UNIX and "
        + "vsock sockets, which must be connected unless they are datagram sockets, can be in \(type.withArticle) map"
    }
  }
}
