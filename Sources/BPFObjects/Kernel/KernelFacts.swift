//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import BTF

/// Facts about the running kernel that its configuration does not contain.
package enum KernelFacts {
  /// Whether programs can read their attach cookie with the helper `bpf_get_attach_cookie` (Linux 5.15).
  ///
  /// Looks the helper up in the kernel's BTF, which needs no privilege and detects backports. For a kernel without
  /// BTF, compares its version.
  ///
  /// - Throws: `BPFError` if neither is available.
  package static func hasAttachCookie() throws(BPFError) -> Bool {
    if let helpers = try? KernelTypes.vmlinux().find(.enumeration, named: "bpf_func_id") {
      return helpers.enumerators.contains { $0.name == "BPF_FUNC_get_attach_cookie" }
    }
    return try KernelVersion.running().code >= KernelVersion(major: 5, minor: 15, patch: 0).code
  }

  /// Whether system call functions take their arguments from a structure (x86-64 since Linux 4.17): whether bpf(2)
  /// has the wrapper's name for this architecture.
  ///
  /// - Throws: `BPFError` if neither types nor symbols of the kernel are available.
  package static func hasSystemCallWrapper() throws(BPFError) -> Bool {
    guard let architecture = Architecture.current, architecture.systemCallPrefix != nil else { return false }
    let name = architecture.function(ofSystemCall: "bpf", isWrapped: true)
    // BTF is fast to read. A function that it lacks may still be among the symbols.
    if (try? KernelTypes.vmlinux().find(.function, named: name)) != nil { return true }
    return try KernelSymbols.contains(name)
  }

  /// Returns the name of a system call's function in the running kernel: `__x64_sys_unlinkat` and the like, or
  /// `__se_sys_unlinkat` without argument structures.
  ///
  /// Does not check that the system call exists.
  ///
  /// - Throws: `BPFError` if neither types nor symbols of the kernel are available.
  package static func function(ofSystemCall name: String) throws(BPFError) -> String {
    let isWrapped = try hasSystemCallWrapper()
    return Architecture.current?.function(ofSystemCall: name, isWrapped: isWrapped) ?? "__se_sys_\(name)"
  }
}
