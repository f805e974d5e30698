//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Foundation

/// A BPF source together with the headers beside it that it includes.
struct SourceFiles {
  /// The text of all files.
  private(set) var text = ""
  private var paths: Set<String> = []

  init(including source: URL) { add(source) }

  private mutating func add(_ file: URL) {
    // The kernel's types are not the program's own, and there are many.
    guard file.lastPathComponent != "vmlinux.h", paths.insert(file.standardizedFileURL.path).inserted,
      let contents = try? String(contentsOf: file, encoding: .utf8),
      // bpftool writes this around all types of a kernel.
      !contents.contains("#pragma clang attribute push (__attribute__((preserve_access_index))")
    else { return }
    text += contents + "\n"
    for include in contents.matches(of: /#\s*include\s*"([^"\n]+)"/) {
      add(file.deletingLastPathComponent().appending(path: String(include.1)))
    }
  }
}
