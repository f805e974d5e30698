//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFObjects
public import BPFSyscall
internal import SystemPackage

/// What BPF programs print by `bpf_printk`, and all else that goes to the kernel's trace: the file `trace_pipe`.
///
/// ```swift
/// for try await line in try TracePipe().lines() {
///   if let message = line.message { print(message.task, message.text) } else { print(line.raw) }
/// }
/// ```
///
/// There is one for the system, and what one has read nobody else reads. It is for a look at what a program does; for
/// anything more there is ``RingBuffer``.
public final class TracePipe: Sendable {
  private let file: TraceFile

  /// Opens the file, wherever tracefs is mounted, and also if it is not.
  ///
  /// System calls: open(2); where tracefs is not mounted also fsopen(2), fsconfig(2), fsmount(2), openat(2), close(2)
  /// (Linux 5.2).
  ///
  /// - Throws: `BPFError`; `BPFError.Code.permissionDenied`, `BPFError.Code.busy` if somebody reads it already,
  ///   `BPFError.Code.unsupported` for a kernel without traces.
  public init() throws(BPFError) {
    do throws(Errno) {
      file = try TraceFile("trace_pipe")
    } catch {
      let (code, text): (BPFError.Code, String) =
        switch error {
        case .permissionDenied, .notPermitted: (.permissionDenied, "reading traces needs root")
        case .resourceBusy: (.busy, "somebody reads it, and it has one reader at a time")
        case .operationNotSupportedByDevice, .noSuchFileOrDirectory:
          (
            .unsupported,
            KernelRelease.isOlder(than: "5.2")
              ? "tracefs is not mounted, or this kernel has no traces (CONFIG_FTRACE)"
              : "this kernel was built without traces (CONFIG_FTRACE)"
          )
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem: (.outOfResources, "no descriptor is left")
        default: (.system, "")
        }
      throw BPFError(.open, code, errno: error, path: "trace_pipe", text)
    }
  }

  /// What the kernel puts together for one reading, which then ends with a line's end: a reader that is cancelled has no
  /// part of a line whose rest is left to the next. It was one page before Linux 6.8.
  private static let mostAtOnce = 2 * Page.size

  /// The lines, as they come, from the first that nobody has read.
  ///
  /// System calls: read(2) for each 8 KiB, and each time there is nothing.
  ///
  /// - Parameter interval: how long to sleep when there is nothing.
  public func lines(every interval: Duration = .milliseconds(100)) -> TraceLines {
    TraceLines(
      text: TextLines(interval: interval) { () throws(BPFError) in
        do throws(Errno) {
          return try self.file.read(upTo: TracePipe.mostAtOnce)
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

  /// Begins with what nobody has read yet.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(text: text.makeAsyncIterator()) }

  /// Reads the lines.
  public struct AsyncIterator: AsyncIteratorProtocol {
    var text: TextLines.AsyncIterator

    /// The next line; nil when the task is cancelled.
    ///
    /// - Throws: `BPFError` if the file cannot be read.
    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(BPFError) -> TraceLine? {
      try await text.next(isolation: actor).map(TraceLine.init)
    }
  }
}
