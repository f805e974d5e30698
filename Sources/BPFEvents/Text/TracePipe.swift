//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
public import BPFSyscall
internal import SystemPackage

/// The kernel's trace, `trace_pipe`: text that BPF programs print with `bpf_printk`, and all other trace events.
///
/// ```swift
/// for try await line in try TracePipe().lines() {
///   if let message = line.message { print(message.task, message.text) } else { print(line.raw) }
/// }
/// ```
///
/// A system has one trace pipe, and each line goes to one reader only. Use it to see what a program does. For any other
/// purpose use ``RingBuffer``.
public final class TracePipe: Sendable {
  private let file: TraceFile

  /// Opens the trace pipe, whether or not tracefs is mounted.
  ///
  /// System calls: open(2); if tracefs is not mounted also fsopen(2), fsconfig(2), fsmount(2), openat(2), close(2)
  /// (Linux 5.2).
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied`, `BPFError.Code.busy` if there is another reader,
  ///   `BPFError.Code.unsupported` for a kernel without tracing.
  public init() throws(BPFError) {
    do throws(Errno) {
      file = try TraceFile("trace_pipe")
    } catch {
      let (code, text): (BPFError.Code, String) =
        switch error {
        case .permissionDenied, .notPermitted: (.permissionDenied, "reading the trace needs root")
        case .resourceBusy: (.busy, "another reader has opened the trace, which has one reader at a time")
        case .operationNotSupportedByDevice, .noSuchFileOrDirectory:
          (
            .unsupported,
            KernelRelease.isOlder(than: "5.2")
              ? "tracefs is not mounted, or this kernel was built without tracing (CONFIG_FTRACE)"
              : "this kernel was built without tracing (CONFIG_FTRACE)"
          )
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem: (.outOfResources, "no descriptor is left")
        default: (.system, "")
        }
      throw BPFError(.open, code, errno: error, path: "trace_pipe", text)
    }
  }

  /// The size of one read. The kernel returns at most this much, and ends at the end of a line. So a cancelled reader
  /// never holds the first part of a line and leaves the rest to the next reader. Before Linux 6.8 the kernel's limit
  /// was one page.
  private static let readSize = 2 * Page.size

  /// Returns the lines as they arrive, starting with the first that no reader has received.
  ///
  /// System calls: read(2) for each 8 KiB, and for each poll of an empty trace.
  ///
  /// - Parameter interval: the time to sleep when the trace is empty.
  public func lines(every interval: Duration = .milliseconds(100)) -> TraceLines {
    TraceLines(
      text: TextLines(interval: interval) { () throws(BPFError) in
        do throws(Errno) {
          return try self.file.read(upTo: TracePipe.readSize)
        } catch {
          throw BPFError(.readStream, .system, errno: error, path: "trace_pipe")
        }
      })
  }
}

/// The lines of a ``TracePipe``.
public struct TraceLines: AsyncSequence, Sendable {
  /// A line.
  public typealias Element = TraceLine

  let text: TextLines

  /// Returns an iterator that starts with the first line that no reader has received.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(text: text.makeAsyncIterator()) }

  /// An iterator over the lines.
  public struct AsyncIterator: AsyncIteratorProtocol {
    var text: TextLines.AsyncIterator

    /// Returns the next line, or nil when the task is cancelled.
    ///
    /// - Throws: `BPFError` if the file cannot be read.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(BPFError) -> TraceLine? {
      try await text.next(isolation: actor).map(TraceLine.init)
    }
  }
}
