//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall

/// The lines of a text stream that the kernel buffers, as they arrive.
///
/// The kernel does not wake readers of such a stream. The sequence polls the stream, and the task sleeps in between.
/// When the task is cancelled, the sequence returns the lines that it has already read, and then ends. A loop that is
/// left early drops these lines.
public struct TextLines: AsyncSequence, Sendable {
  /// A line without its terminator.
  public typealias Element = String

  let interval: Duration
  let read: @Sendable () throws(BPFError) -> [UInt8]

  /// Returns an iterator that starts with the first text that no reader has received.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lines: self) }

  /// An iterator over the lines.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let lines: TextLines
    private var splitter = LineSplitter()

    init(lines: TextLines) { self.lines = lines }

    /// Returns the next line. Returns nil once the task is cancelled and all lines that were read are returned.
    ///
    /// A line of more than 64 KiB comes in pieces.
    ///
    /// - Throws: `BPFError` if the stream cannot be read.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(BPFError) -> String? {
      while true {
        // Lines that were read are returned even after cancellation, because no other reader can get them.
        if let line = splitter.next() { return line }
        guard !Task.isCancelled else { return nil }
        let bytes = try lines.read()
        if bytes.isEmpty {
          // The sleep throws only if the task is cancelled.
          try? await Task.sleep(for: lines.interval)
        } else {
          splitter.append(bytes)
          // Without this, a stream that always has text would starve other tasks, including one that cancels this task.
          await Task.yield()
        }
      }
    }
  }
}

extension Program {
  /// Returns the lines that the program writes to a stream, as they arrive.
  ///
  /// ```swift
  /// let program = try Program(pinnedAt: "/sys/fs/bpf/handler")
  /// for try await line in program.lines(of: .standardError) { print(line) }
  /// ```
  ///
  /// Each line goes to one reader only. System calls: `BPF_PROG_STREAM_READ_BY_FD` for each 4 KiB, and for each poll of
  /// an empty stream. Linux 6.17.
  ///
  /// - Parameters:
  ///   - stream: the stream to read.
  ///   - interval: the time to sleep when the stream is empty.
  public func lines(of stream: Stream, every interval: Duration = .milliseconds(100)) -> TextLines {
    TextLines(interval: interval) { () throws(BPFError) in try self.read(stream) }
  }
}
