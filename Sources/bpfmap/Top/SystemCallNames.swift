//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The names of an architecture's system calls, by number.
///
/// The kernel does not provide the names, but the numbers are a stable interface (syscalls(2), arch/*/entry/syscalls).
/// The tables are those of Linux 6.18.
struct SystemCallNames: Sendable {
  /// The names by number; empty for unused numbers.
  private let names: [String]

  /// The system calls of the tool's architecture. On other architectures than x86_64 and arm64, calls are shown by
  /// number.
  static var native: SystemCallNames {
    #if arch(x86_64)
    x86_64
    #elseif arch(arm64)
    arm64
    #else
    unknown
    #endif
  }

  /// The system calls that have the same number on all architectures.
  private static let unknown = SystemCallNames(ownNumbers: "")

  /// Creates a table of names.
  ///
  /// - Parameter ownNumbers: The names of the calls whose numbers depend on the architecture, numbered consecutively. A
  ///   number in the text sets the number of the next name.
  init(ownNumbers: String) {
    var names: [String] = []
    var next = 0
    for word in (ownNumbers + "\n" + SystemCallNames.commonNumbers).split(whereSeparator: \.isWhitespace) {
      if let number = Int(word) {
        next = number
      } else {
        while names.count < next { names.append("") }
        names.append(String(word))
        next += 1
      }
    }
    self.names = names
  }

  /// The name of the call with a number; nil if there is none.
  subscript(number: Int) -> String? {
    names.indices.contains(number) && !names[number].isEmpty ? names[number] : nil
  }

  /// The names of the calls that have the same number on all architectures.
  private static let commonNumbers = """
    424 pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen fsconfig
    432 fsmount fspick pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2 process_madvise epoll_pwait2
    442 mount_setattr quotactl_fd landlock_create_ruleset landlock_add_rule landlock_restrict_self memfd_secret
    448 process_mrelease futex_waitv set_mempolicy_home_node cachestat fchmodat2 map_shadow_stack futex_wake
    455 futex_wait futex_requeue statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules mseal
    463 setxattrat getxattrat listxattrat removexattrat open_tree_attr file_getattr file_setattr
    """
}
