//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CLibrary

/// A finished run of this program in another process.
struct SpawnedProcess {
  let id: Int32
  let status: Int32
  let output: String

  /// Runs this program with the given arguments, and waits until it ends.
  static func run(_ arguments: [String]) throws(Failure) -> SpawnedProcess {
    let pipe: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
    do {
      pipe = try FileDescriptor.pipe()
    } catch {
      throw .failed("creation of a pipe: \(error)")
    }
    defer { try? pipe.readEnd.close() }
    let started = Result { () throws(Failure) in
      try spawn(arguments, output: pipe.writeEnd, unused: pipe.readEnd)
    }
    // While the write end is open, the read end does not reach the end of the output.
    try? pipe.writeEnd.close()
    let id = try started.get()
    let output = Result { () throws(Failure) in try readAll(pipe.readEnd) }
    return SpawnedProcess(id: id, status: try wait(for: id), output: try output.get())
  }

  private static func spawn(
    _ arguments: [String], output: FileDescriptor, unused: FileDescriptor
  ) throws(Failure) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, output.rawValue, 1)
    unsafe posix_spawn_file_actions_addclose(&actions, unused.rawValue)

    // posix_spawn(3) requires C strings that live until it returns.
    var words = unsafe (["bpfmap"] + arguments).map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var id: pid_t = 0
    let result = unsafe posix_spawn(&id, "/proc/self/exe", &actions, nil, &words, environ)
    guard result == 0 else {
      throw .failed(
        "start of another process: \(Errno(rawValue: result).explained)",
        Errno(rawValue: result))
    }
    return id
  }

  private static func readAll(_ descriptor: FileDescriptor) throws(Failure) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    do {
      while true {
        let count = try unsafe chunk.withUnsafeMutableBytes { unsafe try descriptor.read(into: $0) }
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += chunk[..<count]
      }
    } catch {
      throw .failed("reading of the other process's output: \(error)")
    }
  }

  private static func wait(for id: pid_t) throws(Failure) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(id, &status, 0) < 0 {
      let cause = Errno(rawValue: errno)
      guard cause == .interrupted else {
        throw .failed("waiting for the other process: \(cause.explained)", cause)
      }
    }
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }
}
