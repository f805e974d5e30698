//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SystemPackage

/// Bytes on their way to a file descriptor, gathered so that one write(2) carries many lines.
struct Output: ~Copyable {
  /// As much as a pipe takes at once.
  static let capacity = 64 * 1024

  private let descriptor: FileDescriptor
  private var pending: [UInt8] = []
  /// Whether anything has left for the descriptor: an error message can no longer be the only output.
  private(set) var hasBegun = false
  /// What the command has changed, as a clause: told on standard error if the rest of the command fails, such as the
  /// writing of its answer.
  var effect: String?

  init(to descriptor: FileDescriptor) {
    self.descriptor = descriptor
  }

  mutating func write(_ text: String) throws(OutputFailure) {
    pending.append(contentsOf: text.utf8)
    if pending.count >= Self.capacity { try flush() }
  }

  mutating func write(_ bytes: [UInt8]) throws(OutputFailure) {
    pending.append(contentsOf: bytes)
    if pending.count >= Self.capacity { try flush() }
  }

  /// Writes one JSON value and ends its line.
  mutating func json(_ body: (inout JSONWriter) -> Void) throws(OutputFailure) {
    var writer = JSONWriter()
    body(&writer)
    try write(writer.bytes)
    try write("\n")
  }

  /// Hands bytes that were put together elsewhere to the descriptor, after all that was written before.
  mutating func writeThrough(_ bytes: borrowing Span<UInt8>) throws(OutputFailure) {
    try flush()
    try send(bytes)
  }

  mutating func flush() throws(OutputFailure) {
    guard !pending.isEmpty else { return }
    let bytes = pending
    pending.removeAll(keepingCapacity: false)
    try send(bytes.span)
  }

  private mutating func send(_ bytes: borrowing Span<UInt8>) throws(OutputFailure) {
    hasBegun = true
    do {
      try unsafe bytes.withUnsafeBytes { buffer in
        _ = try unsafe descriptor.writeAll(buffer)
      }
    } catch Errno.brokenPipe {
      throw .readerIsGone
    } catch {
      throw .failed(error as? Errno ?? .ioError)
    }
  }
}

/// Why output could not be written.
enum OutputFailure: Error {
  /// The other end of the pipe is closed: `bpfmap dump … | head` has seen enough. Not an error.
  case readerIsGone
  case failed(Errno)
}
