//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// The task that the program interrupts. A packet's program may run in any task.
public enum CurrentTask {
  /// The process: a thread group's number (`bpf_get_current_pid_tgid`, Linux 4.2).
  @inline(__always)
  public static var processID: UInt32 {
    requireKernel()
    return UInt32(truncatingIfNeeded: bpf_get_current_pid_tgid() >> 32)
  }

  /// The thread (`bpf_get_current_pid_tgid`, Linux 4.2).
  @inline(__always)
  public static var threadID: UInt32 {
    requireKernel()
    return UInt32(truncatingIfNeeded: bpf_get_current_pid_tgid())
  }

  /// The user (`bpf_get_current_uid_gid`, Linux 4.2).
  @inline(__always)
  public static var userID: UInt32 {
    requireKernel()
    return UInt32(truncatingIfNeeded: bpf_get_current_uid_gid())
  }

  /// The group (`bpf_get_current_uid_gid`, Linux 4.2).
  @inline(__always)
  public static var groupID: UInt32 {
    requireKernel()
    return UInt32(truncatingIfNeeded: bpf_get_current_uid_gid() >> 32)
  }

  /// The control group in the unified hierarchy (`bpf_get_current_cgroup_id`, Linux 4.18).
  @inline(__always)
  public static var cgroupID: UInt64 {
    requireKernel()
    return bpf_get_current_cgroup_id()
  }

  /// The name, up to 15 bytes and a zero (`bpf_get_current_comm`, Linux 4.2).
  @inline(__always)
  public static var name: InlineArray<16, UInt8> {
    requireKernel()
    return unsafe withMemory(of: InlineArray<16, UInt8>.self) { name in
      _ = unsafe bpf_get_current_comm(name, 16)
      return unsafe name.pointee
    }
  }

  /// Copies the name to a value of at most 16 bytes, such as a field of a record: no copy on the stack
  /// (`bpf_get_current_comm`, Linux 4.2).
  @inline(__always)
  public static func copyName<T: BitwiseCopyable>(to name: inout T) {
    requireKernel()
    _ = unsafe bpf_get_current_comm(&name, UInt32(truncatingIfNeeded: MemoryLayout<T>.size))
  }

  /// The address of the task's `struct task_struct`, of which the verifier knows the type (`bpf_get_current_task_btf`,
  /// Linux 5.11).
  @inline(__always)
  public static var structureAddress: UInt64 {
    requireKernel()
    return UInt64(UInt(bitPattern: bpf_get_current_task_btf()))
  }

  /// The address of the task's `struct task_struct`, to read with ``KernelMemory`` (`bpf_get_current_task`, Linux 4.8).
  @inline(__always)
  public static var address: UInt64 {
    requireKernel()
    return bpf_get_current_task()
  }
}

/// The CPU that the program runs on.
public enum CurrentCPU {
  /// Its number (`bpf_get_smp_processor_id`, Linux 4.1).
  @inline(__always)
  public static var number: UInt32 {
    requireKernel()
    return bpf_get_smp_processor_id()
  }

  /// The number of its NUMA node (`bpf_get_numa_node_id`, Linux 4.10).
  @inline(__always)
  public static var numaNode: Int {
    requireKernel()
    return Int(bpf_get_numa_node_id())
  }
}
