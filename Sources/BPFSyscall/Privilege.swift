//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import SystemPackage

/// Why the kernel does not permit something to this thread (`EPERM`, `EACCES`), as far as its capabilities tell.
package enum Privilege {
  /// What is missing, as a sentence that names the action; nil if the thread has all that the action needs, so that
  /// something else forbids it.
  ///
  /// - Parameters:
  ///   - action: what was refused, as a noun: `creating a hash map`.
  ///   - capabilities: what it needs. For bpf(2), `CAP_SYS_ADMIN` stands for each of them.
  package static func refusal(of action: String, needing capabilities: [Capability]) -> String? {
    let needed = named(capabilities)
    let list = { (capabilities: [Capability]) in capabilities.map(\.name).joined(separator: " and ") }
    if UserNamespace.isInitial == false {
      return
        "\(action) needs \(list(needed)) in the initial user namespace: this process runs in another one, whose "
        + "capabilities do not count here"
    }
    if Capability.sysAdmin.isEffective == true { return nil }
    // Without knowing what the thread has, name all that is needed.
    let missing = needed.filter { $0.isEffective != true }
    return missing.isEmpty ? nil : "\(action) needs \(list(missing)), which this process lacks"
  }

  /// Why the kernel refuses this thread every call of bpf(2) (`EPERM`), as a sentence; nil if it does not.
  ///
  /// Before Linux 5.19 the setting `kernel.unprivileged_bpf_disabled` is about every call, and since then about those that
  /// create a map or load a program. One read of /proc.
  package static var refusalOfEveryCall: String? {
    guard KernelRelease.isOlder(than: "5.19") else { return nil }
    let text = try? KernelFile.bytes(of: "/proc/sys/kernel/unprivileged_bpf_disabled")
    guard let setting = text?.first.map({ String(UnicodeScalar($0)) }) else {
      // Kernels before 4.4 have no such setting, and ask for the privilege.
      return refusal(of: "every call of bpf(2)", needing: [.bpf])
    }
    guard setting != "0" else { return nil }
    return refusal(of: "every call of bpf(2)", needing: [.bpf]).map {
      "\($0): kernel.unprivileged_bpf_disabled is \(setting), and this kernel is older than Linux 5.19"
    }
  }

  /// The capabilities by the names that the running kernel knows: before Linux 5.8 all of bpf(2) took `CAP_SYS_ADMIN`.
  private static func named(_ capabilities: [Capability]) -> [Capability] {
    guard KernelRelease.isOlder(than: "5.8") else { return capabilities }
    let known = capabilities.filter { $0 != .bpf && $0 != .perfmon && $0 != .sysAdmin }
    return known.count == capabilities.count ? known : [.sysAdmin] + known
  }
}

/// The user namespace of this thread.
package enum UserNamespace {
  /// Whether it is the first, whose capabilities are those of the system; nil without /proc. One readlink(2).
  package static var isInitial: Bool? {
    // The number of the first one is the same in every kernel (PROC_USER_INIT_INO).
    guard let target = try? FileLink.target(of: "/proc/thread-self/ns/user") else { return nil }
    return target == "user:[4026531837]"
  }
}
