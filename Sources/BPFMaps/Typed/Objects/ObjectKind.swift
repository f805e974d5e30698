//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// A kind of kernel object that maps hold, or are keyed by, and that is passed as a descriptor.
package enum ObjectKind: String, Sendable {
  case map = "a BPF map"
  case program = "a BPF program"
  case perfEvent = "a perf event"
  case cgroup = "a directory of a version 2 control group"
  case socket = "a socket"
  case xdpSocket = "an AF_XDP socket"
  case file = "a file"
  case process = "a process (a pidfd)"

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
    guard let wanted = type.facts.givenObject, let errno = error.errno else { return error }
    let mayBeDescriptor: Set<Errno> = [
      .invalidArgument, .badFileDescriptor, .notSocket, .notSupported, .notSupportedByKernel, .noMemory,
    ]
    var refined = error
    // Other kernels accept such a socket, which never receives a packet.
    if wanted == .xdpSocket, errno == .noBufferSpace {
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
    } else if let rule = type.facts.socketRule, isSocketUnfit(errno, error) {
      refined.code = .invalidArgument
      refined.explanation = rule
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

  /// Returns whether an errno means that a map of sockets does not accept such a socket.
  private func isSocketUnfit(_ errno: Errno, _ error: BPFError) -> Bool {
    switch errno {
    case .notSupported, .notSupportedByKernel: true
    default: errno == .invalidArgument && error.explanation.isEmpty
    }
  }
}

extension MapTypeFacts {
  /// The kind of object that callers pass as a descriptor: the owner of an element, an object in the map, or the
  /// program of a device or CPU.
  fileprivate var givenObject: ObjectKind? {
    keyObject ?? valueObject ?? (values == .target ? .program : nil)
  }
}
