//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// The kind of object that a map takes as a value or key, in the form of a file descriptor.
enum ObjectKind {
  case map, program, cgroup, socket, perfEvent, process, file

  init?(valuesOf type: MapType) {
    switch type {
    case .arrayOfMaps, .hashOfMaps: self = .map
    case .programArray: self = .program
    case .cgroupArray: self = .cgroup
    case .sockMap, .sockHash, .reuseportSockArray, .xskMap: self = .socket
    case .perfEventArray: self = .perfEvent
    default: return nil
    }
  }

  init?(keysOf type: MapType) {
    switch type {
    case .skStorage: self = .socket
    case .inodeStorage: self = .file
    case .taskStorage: self = .process
    case .cgrpStorage: self = .cgroup
    default: return nil
    }
  }

  var plural: String {
    switch self {
    case .map: "maps"
    case .program: "programs"
    case .cgroup: "cgroups"
    case .socket: "sockets"
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
    case .socket, .perfEvent: "'\(field) pid PID fd FD' for a descriptor of a process, or \(inherited)"
    case .process: "'\(field) pid PID'"
    case .file: "'\(field) path FILE', or \(inherited)"
    }
  }
}
