//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import SystemPackage

/// A buffered writer to a file descriptor, which writes many lines by one write(2).
struct Output: ~Copyable {
  /// The size of the buffer: the default capacity of a pipe.
  static let capacity = 64 * 1024

  private let descriptor: FileDescriptor
  private var pending: [UInt8] = []
  /// Whether anything was written to the descriptor, so that an error can no longer be the only output.
  private(set) var hasBegun = false
  /// A description of the changes that the command has made. It is part of the error message if the command then fails,
  /// for example if its result cannot be written.
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

  /// Writes a JSON value and a newline.
  mutating func json(_ body: (inout JSONWriter) -> Void) throws(OutputFailure) {
    var writer = JSONWriter()
    body(&writer)
    try write(writer.bytes)
    try write("\n")
  }

  /// Flushes the buffer, and writes bytes directly to the descriptor.
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
      throw .closedPipe
    } catch {
      throw .failed(error as? Errno ?? .ioError)
    }
  }
}

/// An error from writing output.
enum OutputFailure: Error {
  /// The other end of the pipe is closed, as in `bpfmap dump … | head`. Not an error.
  case closedPipe
  case failed(Errno)
}
