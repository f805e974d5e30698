//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A feature of bpf(2) without which maps and objects still load. The library omits or replaces it, or explains an
/// error by its absence.
///
/// The library probes for a feature only after the kernel rejects a request that uses it. The probe loads the smallest
/// map or program with the feature, once in the life of the process.
///
/// | Missing feature | Effect |
/// |---|---|
/// | ``mapNames``, ``programNames`` | maps and programs have no names in the kernel |
/// | ``attachTypes`` | programs are loaded without an expected attach type if their section allows it |
/// | ``types`` | maps and programs have no BTF, except where they need it |
/// | ``globalVariables`` | maps of global variables are not created; programs that use one are rejected |
/// | ``mappedArrays`` | global variables are read and written by system calls |
/// | ``probeReadKernel`` | `bpf_probe_read_kernel` and `_user` become `bpf_probe_read`; the same applies to `_str` |
/// | ``atomicFetches`` | programs that use them are rejected |
/// | ``memoryAccounting`` | errors name `RLIMIT_MEMLOCK`, which applies instead |
///
/// Later releases may add features, so a `switch` needs a default case.
public struct KernelFeature: Sendable, Hashable, CaseIterable {
  /// The features, for exhaustive switches within the package.
  package enum Kind: Sendable, Hashable, CaseIterable {
    case mapNames, programNames, attachTypes, types, globalVariables, mappedArrays, probeReadKernel
    case memoryAccounting, atomicFetches
  }

  package let kind: Kind

  package init(_ kind: Kind) { self.kind = kind }

  /// Map names. Linux 4.15.
  public static let mapNames = KernelFeature(.mapNames)
  /// Program names. Linux 4.15.
  public static let programNames = KernelFeature(.programNames)
  /// Expected attach types of programs (`expected_attach_type`). Linux 4.17.
  public static let attachTypes = KernelFeature(.attachTypes)
  /// BTF for maps and programs. Linux 4.18.
  public static let types = KernelFeature(.types)
  /// Programs that address a map's value directly, as global variables, and maps that are read-only. Linux 5.2.
  public static let globalVariables = KernelFeature(.globalVariables)
  /// Arrays that user space can map into memory (`BPF_F_MMAPABLE`). Linux 5.5.
  public static let mappedArrays = KernelFeature(.mappedArrays)
  /// Separate helpers for reading kernel memory and user memory. Linux 5.5.
  public static let probeReadKernel = KernelFeature(.probeReadKernel)
  /// Accounting of the memory of maps and programs to control groups instead of `RLIMIT_MEMLOCK`. Linux 5.11.
  public static let memoryAccounting = KernelFeature(.memoryAccounting)
  /// Atomic instructions that return the old value, exchange, or combine bits. Linux 5.12.
  public static let atomicFetches = KernelFeature(.atomicFetches)

  /// All features, from the oldest release to the newest.
  public static var allCases: [KernelFeature] { Kind.allCases.map(KernelFeature.init) }

  /// Returns whether the running kernel has the feature.
  ///
  /// System calls: at the first call, one `BPF_MAP_CREATE`, `BPF_PROG_LOAD` or `BPF_BTF_LOAD` (two for
  /// ``globalVariables``) and close(2); later none. Capabilities: `CAP_BPF`; for ``attachTypes`` also `CAP_NET_ADMIN`,
  /// for ``probeReadKernel`` `CAP_PERFMON`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied` if the caller may not make the probe.
  public func isSupported() throws(BPFError) -> Bool { try KernelSupport.running.has(self) }

  /// The first Linux release with the feature, such as `5.5`.
  public var minimumKernelVersion: String {
    switch kind {
    case .mapNames, .programNames: "4.15"
    case .attachTypes: "4.17"
    case .types: "4.18"
    case .globalVariables: "5.2"
    case .mappedArrays, .probeReadKernel: "5.5"
    case .memoryAccounting: "5.11"
    case .atomicFetches: "5.12"
    }
  }

  /// A sentence about the feature's absence: `this kernel has no global variables: it takes Linux 5.2 or later, and
  /// this is Linux 4.19.0`.
  package var absence: String {
    "this kernel has no \(self): \(KernelRelease.requirement(minimumKernelVersion))"
  }
}

extension KernelFeature: CustomStringConvertible {
  /// A description for messages, in the plural.
  public var description: String {
    switch kind {
    case .mapNames: "map names"
    case .programNames: "program names"
    case .attachTypes: "expected attach types"
    case .types: "BTF for maps and programs"
    case .globalVariables: "global variables"
    case .mappedArrays: "mappable arrays (BPF_F_MMAPABLE)"
    case .probeReadKernel: "separate helpers for kernel and user memory (bpf_probe_read_kernel)"
    case .atomicFetches: "atomic operations beyond addition"
    case .memoryAccounting: "memory accounting by control groups"
    }
  }
}
