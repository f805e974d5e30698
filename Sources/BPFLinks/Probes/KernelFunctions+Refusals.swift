//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import SystemPackage

// What the kernel's refusals to probe or trace functions mean: it tells a number, and its lists of functions tell the rest.
// They are read after a refusal only.

extension KernelFunctions {
  /// What the kernel lists.
  package struct Lists: Sendable {
    /// The functions that there are, from /proc/kallsyms; nil if it cannot be read.
    package var known: Set<String>?
    /// The functions that can be traced (`available_filter_functions`); nil if that cannot be read.
    package var traceable: Set<String>?

    package init(known: Set<String>?, traceable: Set<String>?) {
      (self.known, self.traceable) = (known, traceable)
    }

    /// The running kernel's.
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
  /// Why there is no probe on a function (`ENOENT`).
  package func absence(of name: String) -> String {
    guard let known else { return "the kernel has no function '\(name)', or none that a probe can be on" }
    if known.contains(name) { return "function '\(name)' of the kernel takes no probe" }
    // Compilers make several functions of one, or another one, and name them after it.
    let variants = known.filter { $0.hasPrefix(name + ".") }.sorted()
    guard variants.isEmpty else {
      return
        "the kernel has no function '\(name)', but what the compiler made of it: \(KernelFunctions.list(variants))"
    }
    return "the kernel has no function '\(name)', or the compiler put it into those that call it"
  }

  /// Which of many functions have no probe, and why (`ESRCH`, `ENOENT`).
  package func refusal(of names: [String]) -> String {
    if names.count == 1, let name = names.first, known?.contains(name) != true { return absence(of: name) }
    let missing = known.map { known in names.filter { !known.contains($0) } } ?? []
    guard missing.isEmpty else { return "the kernel has no function \(KernelFunctions.list(missing))" }
    let untraceable = traceable.map { traceable in names.filter { !traceable.contains($0) } } ?? []
    guard untraceable.isEmpty else { return "the kernel cannot trace \(KernelFunctions.list(untraceable))" }
    return "the kernel cannot trace \(names.count == 1 ? "" : "one of ")\(KernelFunctions.list(names))"
  }

  /// Why no program can be put in at the beginning of a function (`EBUSY`).
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
  /// Some names, the first few of many.
  fileprivate static func list(_ names: [String]) -> String {
    let shown = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
  }
}
