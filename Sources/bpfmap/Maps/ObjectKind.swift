//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

// The words of the command line for the objects that maps take as values or keys, in the form of descriptors.
extension ObjectKind {
  var plural: String {
    switch self {
    case .map: "maps"
    case .program: "programs"
    case .cgroup: "cgroups"
    case .socket, .xdpSocket: "sockets"
    case .perfEvent: "perf events"
    case .process: "processes"
    case .file: "files"
    }
  }

  /// Returns the syntax of such an object on the command line, for error messages.
  func syntax(_ field: String) -> String {
    let inherited = "'\(field) fd FD' for an inherited descriptor"
    return switch self {
    case .map: "'\(field) pinned /sys/fs/bpf/inner' or '\(field) id 12'"
    case .program: "'\(field) pinned /sys/fs/bpf/program' or '\(field) id 12'"
    case .cgroup: "'\(field) path /sys/fs/cgroup/group', or \(inherited)"
    case .socket, .xdpSocket, .perfEvent:
      "'\(field) pid PID fd FD' for a descriptor of a process, or \(inherited)"
    case .process: "'\(field) pid PID'"
    case .file: "'\(field) path FILE', or \(inherited)"
    }
  }
}
