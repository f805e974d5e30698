//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// A kind of kernel object that maps hold, or are keyed by, and that calls are given as descriptors.
enum ObjectKind: String {
  case map = "a BPF map"
  case program = "a BPF program"
  case perfEvent = "a perf event"
  case cgroup = "a control group's directory of version 2"
  case socket = "a socket"
  case xdpSocket = "an AF_XDP socket"
  case file = "a file"
  case process = "a process (a pidfd)"

  /// The kind that maps of a type hold, or storages of the type belong to; nil for types without.
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

  /// Whether a descriptor of another kind may be of this one: false only if it is sure not to be.
  func mayBe(_ other: DescriptorKind) -> Bool {
    switch self {
    case .map: other == .map
    case .program: other.target == "anon_inode:bpf-prog"
    case .perfEvent: other.target == "anon_inode:[perf_event]"
    case .socket, .xdpSocket: other.target.hasPrefix("socket:")
    case .cgroup: other.target.hasPrefix("/")
    // Newer kernels give processes a file system of their own.
    case .process: other.target == "anon_inode:[pidfd]" || other.target.hasPrefix("pidfd:")
    case .file: true
    }
  }
}

// MARK: - Why the kernel refused a descriptor

extension MapHandle {
  /// The failure of a call that was given a descriptor, with the descriptor's own fault if it is the reason.
  ///
  /// The kernel says `EINVAL`, `EBADF`, `ENOTSOCK` or `EOPNOTSUPP`, each type of map in its way. What the descriptor
  /// is tells more, and is looked up only now that the call has failed. One readlink(2).
  func failure(_ error: BPFError, given descriptor: FileDescriptor) -> BPFError {
    guard let wanted = ObjectKind(of: type), let errno = error.errno else { return error }
    let mayBeDescriptor: Set<Errno> = [
      .invalidArgument, .badFileDescriptor, .notSocket, .notSupported, .notSupportedByKernel, .noMemory,
    ]
    var refined = error
    // Others take such a socket, which never gets a packet.
    if type == .xskMap, errno == .noBufferSpace {
      refined.code = .invalidArgument
      refined.explanation =
        "descriptor \(descriptor.rawValue) is an AF_XDP socket without a ring to receive into, which this kernel refuses: "
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

  /// What is wrong with a descriptor that should stand for an object; nil if it may be as wanted.
  func fault(of descriptor: FileDescriptor, wanted: ObjectKind) -> (code: BPFError.Code, text: String)? {
    let kind: DescriptorKind
    do throws(Errno) {
      kind = try DescriptorKind(of: descriptor)
    } catch {
      // Without /proc nothing can be told.
      guard error == .noSuchFileOrDirectory, (try? descriptor.accessMode()) == nil else { return nil }
      return (.invalidArgument, "descriptor \(descriptor.rawValue) is not open")
    }
    if wanted.mayBe(kind) { return nil }
    return (.wrongObject, "descriptor \(descriptor.rawValue) is \(kind), not \(wanted.rawValue)")
  }

  /// Whether what the kernel said means that the map does not take such a socket.
  private func isSocketUnfit(_ errno: Errno, _ error: BPFError) -> Bool {
    switch type {
    case .sockMap, .sockHash, .xskMap: errno == .notSupported
    case .reuseportSockArray:
      errno == .notSupportedByKernel || errno == .invalidArgument && error.explanation.isEmpty
    default: false
    }
  }

  /// Which sockets maps of this type take.
  var socketRule: String {
    switch type {
    case .xskMap: "only AF_XDP sockets can be in an xskmap map"
    case .reuseportSockArray:
      "only bound UDP sockets and listening TCP sockets, with SO_REUSEPORT, can be in a reuseport_sockarray map"
    default:
      "only TCP sockets that are connected or listen, UDP sockets that are bound or connected, and AF_UNIX and vsock "
        + "sockets, connected unless they are for datagrams, can be in \(type.withArticle) map"
    }
  }
}
