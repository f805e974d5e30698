//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What standard output leads to.
enum Terminal {
  /// Whether somebody looks who has not asked to be spared colours, see no-color.org.
  static var showsColours: Bool {
    isOutput && variable("NO_COLOR").isEmpty && variable("TERM") != "dumb"
  }

  /// Whether it leads to a terminal.
  static var isOutput: Bool { isatty(STDOUT_FILENO) != 0 }

  /// Whether it can be painted, and not only written on line by line.
  static var isPage: Bool { isOutput && !["", "dumb"].contains(variable("TERM")) }

  private static func variable(_ name: String) -> String {
    unsafe getenv(name).map { unsafe String(cString: $0) } ?? ""
  }
}
