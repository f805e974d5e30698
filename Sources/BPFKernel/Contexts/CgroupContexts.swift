//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// The context of a program at devices of a control group, section `cgroup/dev` (`struct bpf_cgroup_dev_ctx`, Linux 4.15).
@safe public struct CgroupDeviceContext: ProgramContext {
  let pointer: UnsafeMutablePointer<bpf_cgroup_dev_ctx>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The major number.
  @inline(__always)
  public var major: UInt32 { unsafe pointer.pointee.major }

  /// The minor number.
  @inline(__always)
  public var minor: UInt32 { unsafe pointer.pointee.minor }

  /// Whether it is a block device.
  @inline(__always)
  public var isBlock: Bool { unsafe pointer.pointee.access_type & 0xffff == 1 }
}

/// The context of a program at `/proc/sys` of a control group, section `cgroup/sysctl` (`struct bpf_sysctl`, Linux 5.2).
@safe public struct SysctlContext: ProgramContext {
  let pointer: UnsafeMutablePointer<bpf_sysctl>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// Whether the process writes.
  @inline(__always)
  public var isWrite: Bool { unsafe pointer.pointee.write != 0 }
}

/// The context of a program at socket options of a control group, sections `cgroup/getsockopt` and `cgroup/setsockopt`
/// (`struct bpf_sockopt`, Linux 5.3).
@safe public struct SocketOptionContext: ProgramContext {
  let pointer: UnsafeMutablePointer<bpf_sockopt>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The level, such as 1 for `SOL_SOCKET`.
  @inline(__always)
  public var level: Int32 { unsafe pointer.pointee.level }

  /// The option.
  @inline(__always)
  public var option: Int32 { unsafe pointer.pointee.optname }

  /// The number of bytes of the value.
  @inline(__always)
  public var length: Int32 {
    get { unsafe pointer.pointee.optlen }
    nonmutating set { unsafe pointer.pointee.optlen = newValue }
  }
}
