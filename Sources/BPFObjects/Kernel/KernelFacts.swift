//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import BTF

/// What programs want to know of the running kernel, and no option of it tells.
package enum KernelFacts {
  /// Whether programs can ask for the cookie that they were attached with: whether there is the helper
  /// `bpf_get_attach_cookie`, of Linux 5.15.
  ///
  /// The kernel's list of helpers is asked, so that it takes no privilege, and distributions that brought the helper to
  /// an older kernel are told right. A kernel without types tells by its version.
  ///
  /// - Throws: `BPFError` if neither is to be had.
  package static func hasAttachCookie() throws(BPFError) -> Bool {
    if let helpers = try? KernelTypes.vmlinux().find(.enumeration, named: "bpf_func_id") {
      return helpers.enumerators.contains { $0.name == "BPF_FUNC_get_attach_cookie" }
    }
    return try KernelVersion.running().code >= KernelVersion(major: 5, minor: 15, patch: 0).code
  }

  /// Whether system calls are functions that take their arguments from a structure, as since Linux 4.17 on x86-64:
  /// whether bpf(2) has the name that such a function gets on this architecture.
  ///
  /// - Throws: `BPFError` if neither types nor symbols of the kernel are to be had.
  package static func hasSystemCallWrapper() throws(BPFError) -> Bool {
    guard let architecture = Architecture.current, architecture.systemCallPrefix != nil else { return false }
    let name = architecture.function(ofSystemCall: "bpf", isWrapped: true)
    // The types are there in no time. What they lack may be there still: a function without a type.
    if (try? KernelTypes.vmlinux().find(.function, named: name)) != nil { return true }
    return try KernelSymbols.contains(name)
  }

  /// The function that does a system call, by the name that it gets in the running kernel: `__x64_sys_unlinkat` and the
  /// like, or `__se_sys_unlinkat` where system calls take their arguments as functions do.
  ///
  /// Whether there is such a system call is not looked up.
  ///
  /// - Throws: `BPFError` if neither types nor symbols of the kernel are to be had.
  package static func function(ofSystemCall name: String) throws(BPFError) -> String {
    let isWrapped = try hasSystemCallWrapper()
    return Architecture.current?.function(ofSystemCall: name, isWrapped: isWrapped) ?? "__se_sys_\(name)"
  }
}
