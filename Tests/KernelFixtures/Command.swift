//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import CKernelFixtures
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A program that ran to its end, with its output.
package struct Command: Sendable {
  package let standardOutput: String
  package let standardError: String
  /// The exit status, or the negated number of the signal that ended the program.
  package let status: Int32

  /// Runs `program` (a path, or a name to look up in `PATH`) and waits for it.
  ///
  /// The program inherits all descriptors without close-on-exec, and those of `inheriting` under the given numbers.
  /// Kills the program after `timeLimit` and throws an error.
  package static func run(
    _ program: String, _ arguments: [String] = [], input: String = "",
    environment: [String: String] = [:], inheriting: [Int32: FixtureDescriptor] = [:],
    timeLimit: Duration = .seconds(60)
  ) throws(FixtureError) -> Command {
    let (input, output, error) = (try Scratch(input), try Scratch(), try Scratch())
    let process = try spawn(
      [program] + arguments, environment: environment,
      descriptors: [0: input.number, 1: output.number, 2: error.number]
        .merging(inheriting.mapValues(\.number)) { $1 })
    let status = try withExtendedLifetime((input, inheriting)) { () throws(FixtureError) in
      // Programs are much slower under a sanitizer and in emulation.
      let isSlow = KernelAccess.isSanitized || KernelAccess.isEmulated
      let factor = isSlow ? 10 : 1
      return try wait(for: process, named: program, timeLimit: timeLimit * factor)
    }
    return Command(standardOutput: output.contents, standardError: error.contents, status: status)
  }

  /// Starts a program and returns its process ID.
  static func spawn(
    _ arguments: [String], environment: [String: String], descriptors: [Int32: Int32]
  ) throws(FixtureError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, source) in descriptors { posix_spawn_file_actions_adddup2(&actions, source, target) }

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = merged(environment).map { strdup($0) } + [nil]
    defer { for pointer in words + variables { free(pointer) } }

    var process: pid_t = 0
    let result = posix_spawnp(&process, arguments[0], &actions, nil, &words, &variables)
    try check(-result, "start \(arguments[0])")
    return process
  }

  /// Returns this process's environment with `changes`, as `name=value`.
  private static func merged(_ changes: [String: String]) -> [String] {
    var entries: [String] = []
    var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
    while let entry = next?.pointee {
      let text = String(cString: entry)
      if changes[String(text.prefix { $0 != "=" })] == nil { entries.append(text) }
      next = next?.successor()
    }
    return entries + changes.map { "\($0)=\($1)" }
  }

  private static func wait(
    for process: pid_t, named name: String, timeLimit: Duration
  ) throws(FixtureError) -> Int32 {
    let pidfd = FixtureDescriptor(adopting: try check(kf_pidfd_open(process), "watch \(name)"))
    var watched = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
    let milliseconds = Int32(clamping: timeLimit.components.seconds * 1000)
    let ended = poll(&watched, 1, milliseconds) > 0
    if !ended { kill(process, SIGKILL) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard ended else {
      throw FixtureError(operation: "run \(name) within \(timeLimit)", errno: Errno(rawValue: ETIMEDOUT))
    }
    return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
  }
}

/// An unnamed temporary file for a program's input or output. Unlike a pipe, it never blocks either side.
private final class Scratch {
  private let file: UnsafeMutablePointer<FILE>
  var number: Int32 { fileno(file) }

  init(_ contents: String = "") throws(FixtureError) {
    guard let file = tmpfile() else {
      throw FixtureError(operation: "make a temporary file", errno: Errno(rawValue: errno))
    }
    self.file = file
    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    fputs(contents, file)
    rewind(file)
  }

  deinit { fclose(file) }

  var contents: String {
    rewind(file)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }
}
