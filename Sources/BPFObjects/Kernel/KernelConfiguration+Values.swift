//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
package import BTF

/// The values of variables that a BPF program declares as `__kconfig`.
extension KernelConfiguration {
  /// Returns the bytes of the `__kconfig` variable with a name; nil if the option is unknown or not set.
  ///
  /// Besides `CONFIG_` options, supports these values of the running kernel:
  ///
  /// - `LINUX_KERNEL_VERSION`, the version as `KERNEL_VERSION(major, minor, patch)`;
  /// - `LINUX_HAS_BPF_COOKIE`, whether programs can read their attach cookie;
  /// - `LINUX_HAS_SYSCALL_WRAPPER`, whether system calls take their arguments from a structure.
  ///
  /// - Parameters:
  ///   - name: the option's name.
  ///   - type: the variable's type.
  /// - Throws: `BPFError` with option, value and type; `BPFError.Code.unsupported` for a type that holds no option;
  ///   the errors of ``OptionType/bytes(of:option:)`` and, for values of the running kernel, of the probe.
  package func value(of name: String, as type: BTFType) throws(BPFError) -> [UInt8]? {
    guard let optionType = OptionType(type) else {
      throw BPFError(
        .readConfiguration, .unsupported,
        "the variable for the option \(name) has a type that no option has: neither a Boolean, an integer, an array of "
          + "characters nor enum libbpf_tristate")
    }
    return try value(of: name, as: optionType)
  }

  /// Returns the bytes of the `__kconfig` variable with a name; nil if the option is unknown or not set.
  package func value(of name: String, as type: OptionType) throws(BPFError) -> [UInt8]? {
    if let text = self[name] { return try type.bytes(of: text, option: name) }
    let fact: UInt32? =
      switch name {
      case "LINUX_KERNEL_VERSION": try KernelVersion.running().code
      case "LINUX_HAS_BPF_COOKIE": try KernelFacts.hasAttachCookie() ? 1 : 0
      case "LINUX_HAS_SYSCALL_WRAPPER": try KernelFacts.hasSystemCallWrapper() ? 1 : 0
      default: nil
      }
    guard let fact else { return nil }
    return try type.bytes(of: fact, option: name)
  }
}
