//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CProcess

/// The words that the process was started with.
enum ProcessArguments {
  /// The words after the tool's name.
  ///
  /// Swift's `CommandLine` reads /proc, and has no words where that is not mounted; it is asked only where the C
  /// library tells none.
  ///
  /// - Throws: `Failure` if neither knows them.
  static func words() throws(Failure) -> [String] {
    let count = Int(process_argument_count())
    let words =
      count > 0
      ? (0..<count).map { unsafe String(cString: process_argument(Int32($0))) } : CommandLine.arguments
    guard !words.isEmpty else {
      throw .failed("the command line cannot be read: mount /proc, as by 'mount -t proc proc /proc'")
    }
    return Array(words.dropFirst())
  }
}
