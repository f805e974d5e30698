//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import CReference
internal import Glibc

extension Workload {
  /// Opening the kernel's types and finding some by name, beside libbpf.
  static var types: [Workload] {
    [
      find("open-and-find-1", 1) { Array(Wanted.mixed.prefix(1)) },
      find("open-and-find-20", 20) { Wanted.mixed },
      find("open-and-find-spread-20", 20) { try Wanted.spread(20) },
      find("open-and-find-last-20", 20) { try Wanted.last(20) },
    ]
  }

  private static func find(
    _ operation: String, _ count: Int, _ choose: @escaping () throws -> [Wanted]
  ) -> Workload {
    var workload = whole("vmlinux", operation, count) {
      let wanted = try choose()
      let kinds = wanted.map { UInt32($0.kind.rawValue) }
      // They live as long as the process.
      let names = wanted.map { UnsafePointer(strdup($0.name)) }
      return [
        Implementation("libbpf") { _ in libbpf_find_types(names, kinds, names.count) },
        Implementation("BTFTypes.vmlinux()") { _ in sum(of: wanted, in: try BTFTypes.vmlinux()) },
        // As where the kernel does not let its types be mapped.
        Implementation("BTFTypes(contentsOf:)") { _ in
          sum(of: wanted, in: try BTFTypes(contentsOf: "/sys/kernel/btf/vmlinux"))
        },
      ]
    }
    if libbpf_is_available() == 0 { workload.obstacle = "libbpf.so.1 is not there" }
    return workload
  }

  private static func sum(of wanted: [Wanted], in types: BTFTypes) -> UInt64 {
    wanted.reduce(0) { $0 + UInt64(types.find($1.kind, named: $1.name)?.id ?? 0) }
  }
}

/// A type that is looked for.
private struct Wanted {
  var kind: BTFKind
  var name: String

  /// What programs look for: structures that CO-RE relocates, functions to attach to, types that say what there is; and
  /// one that there is not.
  static let mixed: [Wanted] =
    [
      "task_struct", "sk_buff", "file", "inode", "super_block", "net_device", "sock", "mm_struct", "bpf_map",
      "bpf_prog", "cgroup",
    ].map { Wanted(kind: .structure, name: $0) }
    + ["vfs_read", "do_unlinkat", "tcp_connect", "bpf_lsm_file_open"].map {
      Wanted(kind: .function, name: $0)
    }
    + ["bpf_map_type", "bpf_prog_type"].map { Wanted(kind: .enumeration, name: $0) } + [
      Wanted(kind: .typedef, name: "size_t"), Wanted(kind: .union, name: "bpf_attr"),
      Wanted(kind: .structure, name: "no_such_structure"),
    ]

  /// Types at equal distances from the beginning of the list to its end: of each part the first that has a name, and is
  /// of a kind that programs look for.
  static func spread(_ count: Int) throws -> [Wanted] {
    let types = try BTFTypes.vmlinux()
    return (0..<count).compactMap { part in
      let ids = 1 + types.count * part / count..<types.endID
      let first = ids.lazy.compactMap { types[$0] }.first { isLookedFor($0.kind) && !$0.name.isEmpty }
      return first.map { Wanted(kind: $0.kind, name: $0.name) }
    }
  }

  private static func isLookedFor(_ kind: BTFKind) -> Bool {
    [.structure, .union, .enumeration, .typedef, .function].contains(kind)
  }

  /// Functions from the end of the list, where a search from its beginning takes longest.
  static func last(_ count: Int) throws -> [Wanted] {
    let types = try BTFTypes.vmlinux()
    var functions: [Wanted] = []
    for id in (1..<types.endID).reversed() where functions.count < count {
      if let type = types[id], type.kind == .function {
        functions.append(Wanted(kind: .function, name: type.name))
      }
    }
    return functions
  }
}
