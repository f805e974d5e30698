//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// What a map has for values, or for keys, if those are objects, which it takes as descriptors.
enum HeldObject {
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
    case .cgroup: "control groups"
    case .socket: "sockets"
    case .perfEvent: "perf events"
    case .process: "processes"
    case .file: "files"
    }
  }

  /// How one is written.
  func form(_ field: String) -> String {
    let inherited = "'\(field) fd FD' if it was inherited"
    return switch self {
    case .map: "'\(field) pinned /sys/fs/bpf/inner' or '\(field) id 12'"
    case .program: "'\(field) pinned /sys/fs/bpf/program' or '\(field) id 12'"
    case .cgroup: "'\(field) path /sys/fs/cgroup/group', or \(inherited)"
    case .socket, .perfEvent: "'\(field) pid PID fd FD' if a process has it, or \(inherited)"
    case .process: "'\(field) pid PID'"
    case .file: "'\(field) path FILE', or \(inherited)"
    }
  }
}
