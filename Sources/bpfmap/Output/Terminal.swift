//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CLibrary

/// Properties of standard output.
enum Terminal {
  /// Whether to use colors: standard output is a terminal, `NO_COLOR` is unset or empty (no-color.org), and
  /// `TERM` is not "dumb".
  static var usesColors: Bool {
    isOutput && variable("NO_COLOR").isEmpty && variable("TERM") != "dumb"
  }

  /// Whether standard output is a terminal.
  static var isOutput: Bool { isatty(STDOUT_FILENO) != 0 }

  /// Whether standard output is a terminal that supports control sequences.
  static var isPage: Bool { isOutput && !["", "dumb"].contains(variable("TERM")) }

  private static func variable(_ name: String) -> String {
    unsafe getenv(name).map { unsafe String(cString: $0) } ?? ""
  }
}
