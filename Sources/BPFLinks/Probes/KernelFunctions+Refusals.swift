//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import SystemPackage

// Explanations for functions that the kernel refuses to probe or trace. The kernel returns only an errno, so its lists
// of functions are read to find the cause, after a refusal only.

extension KernelFunctions {
  /// The kernel's lists of functions.
  package struct Lists: Sendable {
    /// The functions in /proc/kallsyms; nil if it cannot be read.
    package var known: Set<String>?
    /// The functions that can be traced (`available_filter_functions`); nil if the list cannot be read.
    package var traceable: Set<String>?

    package init(known: Set<String>?, traceable: Set<String>?) {
      (self.known, self.traceable) = (known, traceable)
    }

    /// Reads the running kernel's lists.
    static func running() -> Lists {
      let symbols = try? KernelFile.bytes(of: "/proc/kallsyms")
      let traceable = try? TraceFileSystem.read("available_filter_functions")
      return Lists(
        known: symbols.map { KernelFunctions.firstWords(of: $0, skipping: 2) },
        traceable: traceable.map { KernelFunctions.firstWords(of: Array($0.utf8), skipping: 0) })
    }
  }

  private static func firstWords(of text: [UInt8], skipping count: Int) -> Set<String> {
    var names: Set<String> = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(maxSplits: count + 1, whereSeparator: { $0 == 0x20 || $0 == 0x09 })
      if words.count > count { names.insert(String(decoding: words[count], as: UTF8.self)) }
    }
    return names
  }
}

// MARK: - Causes

extension KernelFunctions.Lists {
  /// Returns the reason why a function cannot have a probe (`ENOENT`).
  package func absence(of name: String) -> String {
    guard let known else { return "the kernel has no function '\(name)', or the function cannot be probed" }
    if known.contains(name) { return "kernel function '\(name)' cannot be probed" }
    // Compilers may split or clone a function; the symbols of the parts begin with its name and a dot.
    let variants = known.filter { $0.hasPrefix(name + ".") }.sorted()
    guard variants.isEmpty else {
      return
        "the kernel has no function '\(name)', but compiler-generated variants of it: \(KernelFunctions.list(variants))"
    }
    return "the kernel has no function '\(name)', or the compiler inlined it"
  }

  /// Returns which of many functions cannot have a probe, and why (`ESRCH`, `ENOENT`).
  package func refusal(of names: [String]) -> String {
    if names.count == 1, let name = names.first, known?.contains(name) != true { return absence(of: name) }
    let missing = known.map { known in names.filter { !known.contains($0) } } ?? []
    guard missing.isEmpty else { return "the kernel has no function \(KernelFunctions.list(missing))" }
    let untraceable = traceable.map { traceable in names.filter { !traceable.contains($0) } } ?? []
    guard untraceable.isEmpty else { return "the kernel cannot trace \(KernelFunctions.list(untraceable))" }
    return "the kernel cannot trace \(names.count == 1 ? "" : "one of ")\(KernelFunctions.list(names))"
  }

  /// Returns the reason why no program can be attached to a function's entry (`EBUSY`).
  package func obstacle(to name: String) -> (code: BPFError.Code, text: String) {
    let holder = "another tracer holds it, such as a live patch"
    return switch traceable?.contains(name) {
    case false?:
      (
        .unsupported,
        "function '\(name)' cannot be traced: it is not in the kernel's available_filter_functions"
      )
    case true?: (.busy, "function '\(name)' can be traced, but \(holder)")
    case nil: (.busy, "function '\(name)' cannot be traced, or \(holder)")
    }
  }
}

extension KernelFunctions {
  /// Returns a list of at most three names and the number of the others.
  fileprivate static func list(_ names: [String]) -> String {
    let shown = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
  }
}
