//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

extension Program {
  /// An output stream of a program, readable through the program.
  @nonexhaustive
  public enum Stream: UInt32, Hashable, Sendable {
    /// Text that the program writes with `bpf_stream_printk`. `BPF_STDOUT`.
    case standardOutput = 1
    /// Text of the program, and kernel reports about it: faults in an arena and endless loops. `BPF_STDERR`.
    case standardError = 2
  }

  /// Reads the unread text of a stream.
  ///
  /// System calls: one, `BPF_PROG_STREAM_READ_BY_FD`. Linux 6.17.
  ///
  /// - Parameters:
  ///   - stream: the stream to read.
  ///   - limit: the maximum number of bytes to read.
  /// - Returns: the bytes, which may end within a line; empty if there are none.
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` before Linux 6.17.
  public func read(_ stream: Stream, limit: Int = 4096) throws(BPFError) -> [UInt8] {
    do throws(Errno) {
      return try BPFCommand.programStreamRead(
        descriptor.borrowed, stream: stream.rawValue, byteCount: min(max(limit, 1), 1 << 20))
    } catch {
      let (code, text): (BPFError.Code, String) =
        switch error {
        case .invalidArgument:
          (.unsupported, "this kernel gives programs no streams: \(KernelRelease.requirement("6.17"))")
        case .noSuchFileOrDirectory: (.notFound, "programs of this kernel have no such stream")
        default: (.system, "")
        }
      throw BPFError(.readStream, code, errno: error, subject, text)
    }
  }
}
