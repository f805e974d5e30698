//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The lines of a kernel module's `compile_flags.txt`, for the compilers that they are for.
struct KernelModuleFlags {
  /// Whether overflows, indices and unwraps are checked. `-Ounchecked` turns the checks off.
  private(set) var isChecked = true
  /// Options of the Swift compiler.
  private(set) var swift: [String] = []
  /// Options of clang, for C and for the code of both languages.
  private(set) var c: [String] = []

  init(_ lines: [String]) {
    for line in lines {
      if line == "-Ounchecked" {
        isChecked = false
      } else {
        // The Swift compiler takes conditions without a value.
        if line.hasPrefix("-D"), !line.contains("=") { swift.append(line) }
        c.append(line)
      }
    }
  }
}
