//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import SystemPackage

/// Explains why the kernel denies this thread an operation (`EPERM`, `EACCES`), by its capabilities.
package enum Privilege {
  /// Returns a sentence that names the missing capabilities; nil if none is missing and something else forbids the
  /// action.
  ///
  /// - Parameters:
  ///   - action: the rejected action as a noun, such as `creating hash maps`.
  ///   - capabilities: the capabilities that the action needs. For bpf(2), `CAP_SYS_ADMIN` implies them all.
  package static func refusal(of action: String, needing capabilities: [Capability]) -> String? {
    let needed = named(capabilities)
    let list = { (capabilities: [Capability]) in capabilities.map(\.name).joined(separator: " and ") }
    if UserNamespace.isInitial == false {
      return
        "\(action) needs \(list(needed)) in the initial user namespace: this process runs in another one, whose "
        + "capabilities do not count here"
    }
    if Capability.sysAdmin.isEffective == true { return nil }
    // Treat unknown capabilities as missing.
    let missing = needed.filter { $0.isEffective != true }
    return missing.isEmpty ? nil : "\(action) needs \(list(missing)), which this process lacks"
  }

  /// A sentence that explains why the kernel denies this thread every bpf(2) call (`EPERM`); nil if it does not.
  ///
  /// Before Linux 5.19 the setting `kernel.unprivileged_bpf_disabled` covers every call. Since then it covers only
  /// calls that create a map or load a program. Reads /proc once.
  package static var refusalOfEveryCall: String? {
    guard KernelRelease.isOlder(than: "5.19") else { return nil }
    let text = try? KernelFile.bytes(of: "/proc/sys/kernel/unprivileged_bpf_disabled")
    guard let setting = text?.first.map({ String(UnicodeScalar($0)) }) else {
      // Kernels before 4.4 lack the setting and always require the capability.
      return refusal(of: "every call of bpf(2)", needing: [.bpf])
    }
    guard setting != "0" else { return nil }
    return refusal(of: "every call of bpf(2)", needing: [.bpf]).map {
      "\($0): kernel.unprivileged_bpf_disabled is \(setting), and this kernel is older than Linux 5.19"
    }
  }

  /// Maps capabilities to those of the running kernel: before Linux 5.8, all of bpf(2) required `CAP_SYS_ADMIN`.
  static func named(_ capabilities: [Capability]) -> [Capability] {
    guard KernelRelease.isOlder(than: "5.8") else { return capabilities }
    let known = capabilities.filter { $0 != .bpf && $0 != .perfmon && $0 != .sysAdmin }
    return known.count == capabilities.count ? known : [.sysAdmin] + known
  }
}

/// The thread's user namespace.
package enum UserNamespace {
  /// Whether it is the initial one, whose capabilities count system-wide; nil without /proc. One readlink(2).
  package static var isInitial: Bool? {
    // The initial namespace has the same number in every kernel (PROC_USER_INIT_INO).
    guard let target = try? FileLink.target(of: "/proc/thread-self/ns/user") else { return nil }
    return target == "user:[4026531837]"
  }
}
