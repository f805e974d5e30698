//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall

/// Lines of a text that the kernel keeps for whoever asks, as they come.
///
/// The kernel wakes nobody for such a text. It is asked again after some time, in which the task sleeps. The sequence ends
/// when the task is cancelled, after the lines that were read until then; whoever leaves the loop does without these.
public struct TextLines: AsyncSequence, Sendable {
  /// A line, without its end.
  public typealias Element = String

  let interval: Duration
  let read: @Sendable () throws(BPFError) -> [UInt8]

  /// Begins with what nobody has read yet.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lines: self) }

  /// Reads the lines.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let lines: TextLines
    private var splitter = LineSplitter()

    init(lines: TextLines) { self.lines = lines }

    /// The next line; nil when the task is cancelled and all lines are given that were read until then. One that is longer
    /// than 64 KiB comes in pieces.
    ///
    /// - Throws: `BPFError` if the text cannot be read.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(BPFError) -> String? {
      while true {
        // Lines that were read are given, also when the task is cancelled: nobody else gets them.
        if let line = splitter.next() { return line }
        guard !Task.isCancelled else { return nil }
        let bytes = try lines.read()
        if bytes.isEmpty {
          // It throws when the task is cancelled, and nothing else.
          try? await Task.sleep(for: lines.interval)
        } else {
          splitter.append(bytes)
          // Where text never ends there is no wait, and nobody else would run, not even who cancels the task.
          await Task.yield()
        }
      }
    }
  }
}

extension Program {
  /// The lines that the program writes to a stream, as they come.
  ///
  /// ```swift
  /// let program = try Program(pinnedAt: "/sys/fs/bpf/handler")
  /// for try await line in program.lines(of: .standardError) { print(line) }
  /// ```
  ///
  /// What one has read nobody else reads. System calls: `BPF_PROG_STREAM_READ_BY_FD` for each 4 KiB, and each time there is
  /// nothing. Linux 6.17.
  ///
  /// - Parameters:
  ///   - stream: which one.
  ///   - interval: how long to sleep when there is nothing.
  public func lines(of stream: Stream, every interval: Duration = .milliseconds(100)) -> TextLines {
    TextLines(interval: interval) { () throws(BPFError) in try self.read(stream) }
  }
}
