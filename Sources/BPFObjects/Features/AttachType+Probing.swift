//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import BTF

extension AttachType {
  /// Returns whether the running kernel knows the attach type, according to its own types.
  ///
  /// A kernel that was built without a hook, such as one without netkit devices, knows its attach type all the same.
  ///
  /// System calls: those of `BTFTypes.vmlinux()`, once in the process. No capability.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unavailable` if the kernel's types cannot be read.
  public func isSupported() throws(BPFError) -> Bool {
    try KernelTypes.enumeration("bpf_attach_type", names: rawValue)
  }

  /// Throws an error if the running kernel does not know the attach type.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` with the release that brought the attach type, and otherwise as
  ///   ``isSupported()``.
  public func requireSupport() throws(BPFError) {
    guard try !isSupported() else { return }
    throw BPFError.absence(of: "attach type \(self)", since: minimumKernelVersion)
  }
}

extension KernelTypes {
  /// Returns whether an enumeration of vmlinux has a value with a name, other than the number of its values.
  package static func enumeration(_ name: String, names number: UInt32) throws(BPFError) -> Bool {
    let values = try vmlinux().find(.enumeration, named: name)?.enumerators
    return values?.contains { $0.value == Int128(number) && !$0.name.contains("MAX_BPF") } == true
  }
}
