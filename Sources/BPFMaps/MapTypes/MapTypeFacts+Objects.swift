//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

// The rows of the types that hold kernel objects or belong to them, and the facts about unknown types.

extension MapTypeFacts {
  /// Programs, maps, sockets, devices and other objects.
  static let objectMaps: [MapTypeFacts] = [
    MapTypeFacts(
      type: .programArray, name: "prog_array", since: "4.2", keys: .index, values: .object(.program),
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: false, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.indices),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil,
      unfitValue: "the program's type or properties differ from those of the programs in the map",
      refusals: [], swiftMap: .notGeneric("ProgramArray")),
    MapTypeFacts(
      type: .perfEventArray, name: "perf_event_array", since: "4.3", keys: .index,
      values: .object(.perfEvent),
      isPerCPU: false, capacity: .oneForEachCPU,
      flags: [.numaNode, .preserveElements, access], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.indices),
      draining: .none, hasCursorAtEnd: false, isReadable: false, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: "the value is not the descriptor of a perf event that programs may use",
      refusals: [], swiftMap: .notGeneric("PerfEventArray")),
    MapTypeFacts(
      type: .cgroupArray, name: "cgroup_array", since: "4.8", keys: .index, values: .object(.cgroup),
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.indices),
      draining: .none, hasCursorAtEnd: false, isReadable: false, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .notGeneric("CgroupArray")),
    MapTypeFacts(
      type: .arrayOfMaps, name: "array_of_maps", since: "4.12", keys: .index, values: .object(.map),
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: false, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .batches(nil, withoutBatches: .indices),
      draining: .none, hasCursorAtEnd: true, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil,
      unfitValue: unfitMap,
      refusals: [], swiftMap: .notGeneric("ArrayOfMaps")),
    MapTypeFacts(
      type: .hashOfMaps, name: "hash_of_maps", since: "4.12", keys: .bytes(atMost: nil),
      values: .object(.map),
      isPerCPU: false, capacity: .elements,
      flags: [.noPrealloc, .numaNode, .zeroSeed, access, programs], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: false, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .batches(nil, withoutBatches: .steps(.unknown)),
      draining: .batches, hasCursorAtEnd: true, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil,
      unfitValue: unfitMap,
      refusals: [], swiftMap: .key("HashOfMaps")),
    // Programs may only read the elements of device maps: the kernel adds BPF_F_RDONLY_PROG since Linux 5.4.
    MapTypeFacts(
      type: .devMap, name: "devmap", since: "4.14", keys: .index, values: .target,
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access], requiredFlags: [], addedFlags: .readOnlyProgram,
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: true,
      sweep: .elements(.indices),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: true,
      socketRule: nil, unfitValue: unfitDevice,
      refusals: [], swiftMap: .notGeneric("DevMap")),
    MapTypeFacts(
      type: .devMapHash, name: "devmap_hash", since: "5.4", keys: .bytes(atMost: nil), values: .target,
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access], requiredFlags: [], addedFlags: .readOnlyProgram,
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: true,
      sweep: .elements(.steps(.unknown)),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: unfitDevice,
      refusals: [], swiftMap: .notGeneric("DevMapHash")),
    MapTypeFacts(
      type: .cpuMap, name: "cpumap", since: "4.15", keys: .index, values: .target,
      isPerCPU: false, capacity: .atMostCPUs,
      flags: [.numaNode], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.indices),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: true,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .notGeneric("CPUMap")),
    MapTypeFacts(
      type: .sockMap, name: "sockmap", since: "4.14", keys: .index, values: .socket,
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: true,
      sweep: .elements(.indices),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: true,
      socketRule: redirectableSockets(in: "a sockmap"), unfitValue: unfitSocket,
      refusals: [], swiftMap: .notGeneric("SockMap")),
    MapTypeFacts(
      type: .sockHash, name: "sockhash", since: "4.18", keys: .bytes(atMost: 512), values: .socket,
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: true,
      sweep: .elements(.steps(.unknown)),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: redirectableSockets(in: "a sockhash"), unfitValue: unfitSocket,
      refusals: [], swiftMap: .key("SockHash")),
    MapTypeFacts(
      type: .xskMap, name: "xskmap", since: "4.18", keys: .index, values: .object(.xdpSocket),
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access], requiredFlags: [], addedFlags: [],
      btf: .refused, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: true,
      sweep: .elements(.indices),
      draining: .none, hasCursorAtEnd: false, isReadable: false, missingDeleteIsInvalid: true,
      socketRule: "only AF_XDP sockets can be in an xskmap map",
      unfitValue: nil, refusals: [], swiftMap: .notGeneric("XSKMap")),
    MapTypeFacts(
      type: .reuseportSockArray, name: "reuseport_sockarray", since: "4.19", keys: .index, values: .socket,
      isPerCPU: false, capacity: .elements,
      flags: [.numaNode, access, programs], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.indices),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule:
        "only bound UDP sockets and listening TCP sockets, with SO_REUSEPORT, can be in a reuseport_sockarray map",
      unfitValue: nil,
      refusals: [
        Refusal(
          operations: [.update], errnos: [.resourceBusy], code: .busy,
          text: "the socket is already in such a map")
      ],
      swiftMap: .notGeneric("ReuseportSockArray")),
  ]

  private static let unfitMap =
    "the map differs in type, sizes or flags from the inner map of this map-in-map"
  private static let unfitDevice = "there is no network device of this index, or its program does not fit"
  private static let unfitSocket = "the value is not the descriptor of a socket that such a map takes"

  private static func redirectableSockets(in map: String) -> String {
    "only TCP sockets that are connected or listening, UDP sockets that are bound or connected, and AF_UNIX and "
      + "vsock sockets, which must be connected unless they are datagram sockets, can be in \(map) map"
  }

  /// Local storage, cgroup storage, and struct_ops.
  static let storages: [MapTypeFacts] = [
    MapTypeFacts(
      type: .cgroupStorage, name: "cgroup_storage", since: "4.19", keys: .attachment, values: .data,
      isPerCPU: false, capacity: .growing,
      flags: [.numaNode, access, programs], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: false, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.steps(.unknown)),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: ownedByAttachment("a cgroup_storage"), swiftMap: .none),
    MapTypeFacts(
      type: .perCPUCgroupStorage, name: "percpu_cgroup_storage", since: "4.20", keys: .attachment,
      values: .data,
      isPerCPU: true, capacity: .growing,
      flags: [.numaNode, access, programs], requiredFlags: [], addedFlags: [],
      btf: .accepted, extra: .none, canBeInner: false, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.steps(.unknown)),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: ownedByAttachment("a percpu_cgroup_storage"),
      swiftMap: .none),
    MapTypeFacts(
      type: .skStorage, name: "sk_storage", since: "5.2", keys: .descriptor(.socket), values: .data,
      isPerCPU: false, capacity: .growing,
      flags: [.noPrealloc, .clone], requiredFlags: .noPrealloc, addedFlags: [],
      btf: .required, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: ownedByObjects("a sk_storage"),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .value("SocketStorage")),
    MapTypeFacts(
      type: .inodeStorage, name: "inode_storage", since: "5.10", keys: .descriptor(.file), values: .data,
      isPerCPU: false, capacity: .growing,
      flags: [.noPrealloc, .clone], requiredFlags: .noPrealloc, addedFlags: [],
      btf: .required, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: ownedByObjects("an inode_storage"),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .value("InodeStorage")),
    MapTypeFacts(
      type: .taskStorage, name: "task_storage", since: "5.11", keys: .descriptor(.process), values: .data,
      isPerCPU: false, capacity: .growing,
      flags: [.noPrealloc, .clone], requiredFlags: .noPrealloc, addedFlags: [],
      btf: .required, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: ownedByObjects("a task_storage"),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .value("TaskStorage")),
    MapTypeFacts(
      type: .cgrpStorage, name: "cgrp_storage", since: "6.2", keys: .descriptor(.cgroup), values: .data,
      isPerCPU: false, capacity: .growing,
      flags: [.noPrealloc, .clone], requiredFlags: .noPrealloc, addedFlags: [],
      btf: .required, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
      sweep: ownedByObjects("a cgrp_storage"),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .value("CgroupStorage")),
    MapTypeFacts(
      type: .structOps, name: "struct_ops", since: "5.6", keys: .zero, values: .operations,
      isPerCPU: false, capacity: .one,
      flags: [.link, .valueTypeBTF], requiredFlags: [], addedFlags: [],
      btf: .vmlinux, extra: .none, canBeInner: false, canBeOffloaded: false, needsNetAdmin: false,
      sweep: .elements(.steps(.index)),
      draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
      socketRule: nil, unfitValue: nil,
      refusals: [.whenInvalid(.update, "a struct_ops map is registered, not updated like this")],
      swiftMap: .none),
  ]

  private static func ownedByObjects(_ map: String) -> Sweep {
    .refused("the elements of \(map) map belong to kernel objects; only an iterator program can walk them")
  }

  private static func ownedByAttachment(_ map: String) -> [Refusal] {
    [
      .whenInvalid(.delete, "the elements of \(map) map exist as long as their attachment"),
      Refusal(
        operations: nil, errnos: [.noSuchFileOrDirectory], code: .notFound,
        text: "elements exist only while a program that uses the map is attached to the control group"),
    ]
  }

  /// The assumptions about types that the library does not know: no limits of sizes and flags, no objects, and a sweep
  /// that any type with keys supports.
  ///
  /// `MapHandle` also assumes that the kernel copies a value for each possible CPU, since no layout is larger.
  static let unknown = MapTypeFacts(
    type: MapType(rawValue: 0), name: "", since: "", keys: .bytes(atMost: nil), values: .data,
    isPerCPU: false, capacity: .elements,
    flags: nil, requiredFlags: [], addedFlags: [],
    btf: .accepted, extra: .none, canBeInner: true, canBeOffloaded: false, needsNetAdmin: false,
    sweep: .elements(.steps(.unknown)),
    draining: .none, hasCursorAtEnd: false, isReadable: true, missingDeleteIsInvalid: false,
    socketRule: nil, unfitValue: nil, refusals: [], swiftMap: .none)
}
