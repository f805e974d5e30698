//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The declared types that a program can have as its context: the arguments of its tracepoint or function, or its record.
package enum KernelTypeContext {
  /// Returns whether a type of a module is the one that is declared for the section of a program.
  ///
  /// - Parameter name: the name with the module's, as in `PacketsKernel.SchedSwitch`.
  package static func isDeclared(_ name: String, forSection section: String) -> Bool {
    let parts = name.split(separator: ".")
    guard parts.count == 2, parts[0] != "BPFKernel", let expected = typeName(forSection: section) else {
      return false
    }
    // The record of an event may have the name of a class of events.
    let recordPrefix = "TraceEventRaw"
    return parts[1] == expected || expected.hasPrefix(recordPrefix) && parts[1].hasPrefix(recordPrefix)
  }

  /// Returns the name of the type that is declared for a section; nil if none is.
  static func typeName(forSection section: String) -> String? {
    let parts = section.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 2, let name = parts.last, !name.isEmpty else { return nil }
    let kind = parts[0].hasSuffix(".s") ? String(parts[0].dropLast(2)) : parts[0]
    switch kind {
    case "tp_btf", "fentry", "fexit", "fmod_ret": return SwiftName.type(name)
    case "lsm", "lsm_cgroup": return SwiftName.type("bpf_lsm_" + name)
    case "iter": return SwiftName.type("bpf_iter__" + name)
    case "tracepoint", "tp":
      if parts[1] == "syscalls" {
        return SwiftName.type(name.hasPrefix("sys_exit") ? "syscall_trace_exit" : "syscall_trace_enter")
      }
      return SwiftName.type("trace_event_raw_" + name)
    default: return nil
    }
  }

  /// Returns whether the kernel gives programs a structure as their context: the record of a tracepoint, or the arguments
  /// of an iterator.
  static func isContext(_ name: String) -> Bool {
    ["trace_event_raw_", "syscall_trace_", "bpf_iter__"].contains { name.hasPrefix($0) }
  }
}
