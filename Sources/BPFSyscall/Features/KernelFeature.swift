//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Something that bpf(2) learnt in the course of time, and without which maps and objects still load: it is left out,
/// put otherwise, or its absence is what an error explains.
///
/// Nobody asks for it as long as the kernel takes what it is given. What it refuses is tried with the smallest map or
/// program that has the feature in it, once in the life of the process.
///
/// | Without | |
/// |---|---|
/// | ``mapNames``, ``programNames`` | maps and programs have no names in the kernel |
/// | ``attachTypes`` | programs are loaded without, where their section's name says that they can be |
/// | ``types`` | maps and programs have no types, except where they are needed |
/// | ``globalVariables`` | maps of global variables are not created; programs that use one are refused |
/// | ``mappedArrays`` | global variables are read and written by system calls |
/// | ``separateReads`` | `bpf_probe_read_kernel` and `_user` are `bpf_probe_read`, with `_str` alike |
/// | ``atomicFetches`` | programs that use them are refused |
/// | ``memoryAccounting`` | refusals are explained by the limit that counts in its place |
public enum KernelFeature: Sendable, Hashable, CaseIterable {
  /// Names of maps. Linux 4.15.
  case mapNames
  /// Names of programs. Linux 4.15.
  case programNames
  /// The place a program will be attached to, told when it is loaded. Linux 4.17.
  case attachTypes
  /// Types of maps and programs: BTF. Linux 4.18.
  case types
  /// Programs that use the value of a map as their global variables, and maps that are constant. Linux 5.2.
  case globalVariables
  /// Arrays that user space can map into its memory. Linux 5.5.
  case mappedArrays
  /// A function for programs that reads the kernel's memory, and one for user space's. Linux 5.5.
  case separateReads
  /// Memory of maps and programs is counted by the control group of who makes them, and no more against
  /// `RLIMIT_MEMLOCK`. Linux 5.11.
  case memoryAccounting
  /// Atomic operations of programs beyond adding to memory: those that return the old value, exchange, or combine bits.
  /// Linux 5.12.
  case atomicFetches

  /// Whether the running kernel has it.
  ///
  /// System calls: the first time one `BPF_MAP_CREATE`, `BPF_PROG_LOAD` or `BPF_BTF_LOAD`, for ``globalVariables`` two,
  /// and close(2); then none. Capabilities: `CAP_BPF`; for ``attachTypes`` also `CAP_NET_ADMIN`, for ``separateReads``
  /// `CAP_PERFMON`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the kernel does not let the caller try, and so does not
  ///   tell.
  public func isSupported() throws(BPFError) -> Bool { try KernelSupport.running.has(self) }

  /// The first Linux release that had it, such as `5.5`.
  public var minimumKernelVersion: String {
    switch self {
    case .mapNames, .programNames: "4.15"
    case .attachTypes: "4.17"
    case .types: "4.18"
    case .globalVariables: "5.2"
    case .mappedArrays, .separateReads: "5.5"
    case .memoryAccounting: "5.11"
    case .atomicFetches: "5.12"
    }
  }

  /// That the running kernel lacks it, as a sentence: `this kernel has no global variables: it takes Linux 5.2 or later,
  /// and this is Linux 4.19.0`.
  package var absence: String {
    "this kernel has no \(self): \(KernelRelease.requirement(minimumKernelVersion))"
  }
}

extension KernelFeature: CustomStringConvertible {
  /// In words, in the plural.
  public var description: String {
    switch self {
    case .mapNames: "names of maps"
    case .programNames: "names of programs"
    case .attachTypes: "places of attachment that are told when a program is loaded"
    case .types: "types of maps and programs (BTF)"
    case .globalVariables: "global variables"
    case .mappedArrays: "arrays that can be mapped into memory"
    case .separateReads: "functions that tell the kernel's memory from that of user space"
    case .atomicFetches: "atomic operations that return the old value, exchange or combine bits"
    case .memoryAccounting: "control groups that count the memory of maps and programs"
    }
  }
}
