//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFObjects
public import BPFSyscall

extension LinkType {
  /// Returns whether the running kernel knows links of this type, according to its own types.
  ///
  /// A kernel that was built without a hook, such as one without netkit devices, knows its links all the same.
  ///
  /// System calls: those of `BTFTypes.vmlinux()`, once in the process; for ``structOps`` those of
  /// `MapCreateFlags.isSupported(in:)`. No capability, except for ``structOps`` `CAP_BPF`.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unavailable` if the kernel's types cannot be read.
  public func isSupported() throws(BPFError) -> Bool {
    // Kernels before Linux 6.4 use the number for links that user space never sees.
    if self == .structOps { return try MapCreateFlags.link.isSupported(in: .structOps) }
    return try KernelTypes.enumeration("bpf_link_type", names: rawValue)
  }

  /// Throws an error if the running kernel does not know links of this type.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` with the release that brought the links, and otherwise as
  ///   ``isSupported()``.
  public func requireSupport() throws(BPFError) {
    guard try !isSupported() else { return }
    throw BPFError.absence(of: "links of type \(self)", since: minimumKernelVersion)
  }
}
