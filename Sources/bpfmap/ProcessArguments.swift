//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CProcess

/// The command-line arguments of the process.
enum ProcessArguments {
  /// Returns the arguments after the tool's name.
  ///
  /// Swift's `CommandLine` reads /proc, and is empty if /proc is not mounted. It is used only if the C library does not
  /// provide the arguments.
  ///
  /// - Throws: `Failure` if neither provides them.
  static func all() throws(Failure) -> [String] {
    let count = Int(process_argument_count())
    let arguments =
      count > 0
      ? (0..<count).map { unsafe String(cString: process_argument(Int32($0))) } : CommandLine.arguments
    guard !arguments.isEmpty else {
      throw .failed("the command line is unavailable: mount /proc with 'mount -t proc proc /proc'")
    }
    return Array(arguments.dropFirst())
  }
}
