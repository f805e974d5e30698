//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CLinuxBPF
import KernelFixtures
import Testing

/// Compares `linux_bpf.h` with the types of the running kernel, from its BTF, with the compiler. Skips constants and
/// fields that are newer than the running kernel.
@Suite("The kernel's ABI", .bpftool, .notEmulated(.takesTooLong))
struct KernelABITests {
  /// The kernel's counterpart of each structure: a type, and a path within it.
  static let counterparts = [
    "linux_bpf_map_create": ("union bpf_attr", ""),
    "linux_bpf_common_attributes": ("struct bpf_common_attr", ""),
    "linux_bpf_map_element": ("union bpf_attr", ""),
    "linux_bpf_map_batch": ("union bpf_attr", "batch."),
    "linux_bpf_object_path": ("union bpf_attr", ""),
    "linux_bpf_object_id": ("union bpf_attr", ""),
    "linux_bpf_object_info": ("union bpf_attr", "info."),
    "linux_bpf_btf_load": ("union bpf_attr", ""),
    "linux_bpf_token_create": ("union bpf_attr", "token_create."),
    "linux_bpf_program_load": ("union bpf_attr", ""),
    "linux_bpf_program_run": ("union bpf_attr", "test."),
    "linux_bpf_enable_stats": ("union bpf_attr", "enable_stats."),
    "linux_bpf_program_bind_map": ("union bpf_attr", "prog_bind_map."),
    "linux_bpf_link_create": ("union bpf_attr", "link_create."),
    "linux_bpf_link_create_perf_event": ("union bpf_attr", "link_create.perf_event."),
    "linux_bpf_link_create_tracing": ("union bpf_attr", "link_create.tracing."),
    "linux_bpf_link_create_iter": ("union bpf_attr", "link_create."),
    "linux_bpf_link_create_ordered": ("union bpf_attr", "link_create.tcx."),
    "linux_bpf_link_create_netfilter": ("union bpf_attr", "link_create.netfilter."),
    "linux_bpf_link_create_kprobe_multi": ("union bpf_attr", "link_create.kprobe_multi."),
    "linux_bpf_link_create_tracing_multi": ("union bpf_attr", "link_create.tracing_multi."),
    "linux_bpf_link_create_uprobe_multi": ("union bpf_attr", "link_create.uprobe_multi."),
    "linux_bpf_iter_link_task": ("union bpf_iter_link_info", "task."),
    "linux_bpf_iter_link_cgroup": ("union bpf_iter_link_info", "cgroup."),
    "linux_bpf_iter_link_map": ("union bpf_iter_link_info", "map."),
    "linux_bpf_link_update": ("union bpf_attr", "link_update."),
    "linux_bpf_link_detach": ("union bpf_attr", "link_detach."),
    "linux_bpf_iter_create": ("union bpf_attr", "iter_create."),
    "linux_bpf_raw_tracepoint": ("union bpf_attr", "raw_tracepoint."),
    "linux_bpf_program_attach": ("union bpf_attr", ""),
    "linux_bpf_program_query": ("union bpf_attr", "query."),
    "linux_bpf_link_info": ("struct bpf_link_info", ""),
    "linux_bpf_link_raw_tracepoint": ("struct bpf_link_info", "raw_tracepoint."),
    "linux_bpf_link_tracing": ("struct bpf_link_info", "tracing."),
    "linux_bpf_link_cgroup": ("struct bpf_link_info", "cgroup."),
    "linux_bpf_link_iter": ("struct bpf_link_info", "iter."),
    "linux_bpf_link_netns": ("struct bpf_link_info", "netns."),
    "linux_bpf_link_xdp": ("struct bpf_link_info", "xdp."),
    "linux_bpf_link_struct_ops": ("struct bpf_link_info", "struct_ops."),
    "linux_bpf_link_netfilter": ("struct bpf_link_info", "netfilter."),
    "linux_bpf_link_kprobe_multi": ("struct bpf_link_info", "kprobe_multi."),
    "linux_bpf_link_uprobe_multi": ("struct bpf_link_info", "uprobe_multi."),
    "linux_bpf_link_perf_event": ("struct bpf_link_info", "perf_event."),
    "linux_bpf_link_uprobe": ("struct bpf_link_info", "perf_event.uprobe."),
    "linux_bpf_link_kprobe": ("struct bpf_link_info", "perf_event.kprobe."),
    "linux_bpf_link_tracepoint": ("struct bpf_link_info", "perf_event.tracepoint."),
    "linux_bpf_link_event": ("struct bpf_link_info", "perf_event.event."),
    "linux_bpf_link_device": ("struct bpf_link_info", "tcx."),
    "linux_bpf_link_sockmap": ("struct bpf_link_info", "sockmap."),
    "linux_bpf_program_stream": ("union bpf_attr", "prog_stream_read."),
    "linux_bpf_map_info": ("struct bpf_map_info", ""),
    "linux_bpf_program_info": ("struct bpf_prog_info", ""),
    "linux_bpf_btf_info": ("struct bpf_btf_info", ""),
  ]

  /// Fields that the kernel names differently.
  static let renamed = [
    "linux_bpf_map_element.value_or_next_key": "value",
    "linux_bpf_object_id.id": "start_id",
    "linux_bpf_link_iter.map_id": "map.map_id",
    "linux_bpf_link_iter.cgroup_id": "cgroup.cgroup_id",
    "linux_bpf_link_iter.order": "cgroup.order",
    "linux_bpf_program_load.attach_prog_fd_or_btf_obj_fd": "attach_prog_fd",
  ]

  let header: ABIHeader
  /// The kernel's types, and ours without the C library's headers, which would conflict with them.
  let declarations: String

  init() throws {
    header = try ABIHeader()
    let kernel = try Bpftool.text("btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c")
    declarations = """
      \(kernel)
      #define LINUX_BPF_OBJ_NAME_LEN 16
      #define LINUX_BPF_ALIGNED __attribute__((aligned(8)))
      \(header.structures)

      """
  }

  private func mistakes(in assertions: [String]) throws -> String {
    try Toolchain.check(declarations + assertions.joined(separator: "\n"))
  }

  @Test("Constants have the kernel's values")
  func constants() throws {
    let known = header.constants.filter { $0.since <= .running }
    #expect(known.count > 60)
    let mistakes = try mistakes(
      in: known.map { "_Static_assert((\($0.value)) == \($0.kernelName), \"\($0.name)\");" })
    #expect(mistakes.isEmpty, "\(mistakes)")
  }

  @Test("Fields have the kernel's offsets and sizes")
  func fields() throws {
    var assertions: [String] = []
    for field in header.fields where field.since <= .running {
      let full = "\(field.structure).\(field.name)"
      let (type, path) = try #require(Self.counterparts[field.structure], "no counterpart for \(full)")
      let name = path + (Self.renamed[full] ?? field.name)
      let ours = "struct \(field.structure)"
      assertions += [
        "_Static_assert(__builtin_offsetof(\(ours), \(field.name)) == "
          + "__builtin_offsetof(\(type), \(name)), \"offset of \(full)\");",
        "_Static_assert(sizeof(((\(ours) *)0)->\(field.name)) == sizeof(((\(type) *)0)->\(name)), "
          + "\"size of \(full)\");",
      ]
    }
    #expect(assertions.count > 100)
    let mistakes = try mistakes(in: assertions)
    #expect(mistakes.isEmpty, "\(mistakes)")
  }

  @Test("Structures have the kernel's sizes, in Swift too")
  func sizes() throws {
    let mistakes = try mistakes(in: [
      "_Static_assert(sizeof(struct bpf_map_info) <= \(MemoryLayout<linux_bpf_map_info>.size), \"info\");",
      "_Static_assert(sizeof(((union bpf_attr *)0)->batch) == \(MemoryLayout<linux_bpf_map_batch>.size), \"batch\");",
      "_Static_assert(sizeof(union bpf_attr) >= \(MemoryLayout<linux_bpf_map_create>.size), \"create\");",
      "_Static_assert(sizeof(((union bpf_attr *)0)->info) == \(MemoryLayout<linux_bpf_object_info>.size), \"info\");",
    ])
    #expect(mistakes.isEmpty, "\(mistakes)")
    #expect(MemoryLayout<linux_bpf_map_info>.size == 104)
    #expect(MemoryLayout<linux_bpf_map_element>.size == 32)
    #expect(MemoryLayout<linux_bpf_map_create>.offset(of: \.map_extra) == 64)
    #expect(MemoryLayout<linux_bpf_map_batch>.offset(of: \.elem_flags) == 40)
  }

  @Test(
    "The comparison detects a wrong number",
    arguments: [
      "_Static_assert(__builtin_offsetof(union bpf_attr, map_extra) == 60, \"offset\");",
      "_Static_assert(BPF_MAP_TYPE_HASH == 2, \"constant\");",
      "_Static_assert(__builtin_offsetof(struct linux_bpf_map_create, map_extra) == 60, \"ours\");",
      "_Static_assert(sizeof(((union bpf_attr *)0)->no_such_field) == 4, \"unknown\");",
    ])
  func wrongNumber(assertion: String) throws {
    #expect(try mistakes(in: [assertion]).isEmpty == false)
  }
}
