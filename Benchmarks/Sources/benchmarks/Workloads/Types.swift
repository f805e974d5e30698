//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import CReference
internal import Glibc

extension Workload {
  /// Opens the kernel's types and finds some by name, compared with libbpf.
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
      // The names are kept until the process ends.
      let names = wanted.map { UnsafePointer(strdup($0.name)) }
      return [
        Implementation("libbpf") { _ in libbpf_find_types(names, kinds, names.count) },
        Implementation("BTFTypes.vmlinux()") { _ in sum(of: wanted, in: try BTFTypes.vmlinux()) },
        // The way the library reads types where the kernel cannot map them.
        Implementation("BTFTypes(contentsOf:)") { _ in
          sum(of: wanted, in: try BTFTypes(contentsOf: "/sys/kernel/btf/vmlinux"))
        },
      ]
    }
    if libbpf_is_available() == 0 { workload.obstacle = "libbpf.so.1 is not installed" }
    return workload
  }

  private static func sum(of wanted: [Wanted], in types: BTFTypes) -> UInt64 {
    wanted.reduce(0) { $0 + UInt64(types.find($1.kind, named: $1.name)?.id ?? 0) }
  }
}

/// A type to find.
private struct Wanted {
  var kind: BTFKind
  var name: String

  /// Types that programs typically look up: structures for CO-RE relocations, functions to attach to, types for feature
  /// detection, and a missing type.
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

  /// Returns types at equal distances in the list: from each part, the first named type of a kind that programs look
  /// up.
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

  /// Returns functions from the end of the list, which a linear search finds last.
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
