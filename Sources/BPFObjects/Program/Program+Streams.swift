//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

extension Program {
  /// One of the two texts that a program writes, for whoever has the program.
  public enum Stream: UInt32, Hashable, Sendable {
    /// What the program writes by `bpf_stream_printk`. `BPF_STDOUT`.
    case standardOutput = 1
    /// The same, and what the kernel says of the program: of faults in an arena, and of loops that do not end. `BPF_STDERR`.
    case standardError = 2
  }

  /// Reads what the program has written to a stream and nobody has read yet.
  ///
  /// System calls: one, `BPF_PROG_STREAM_READ_BY_FD`. Linux 6.17.
  ///
  /// - Parameters:
  ///   - stream: which one.
  ///   - limit: how many bytes to read at most.
  /// - Returns: the bytes, of lines that may be cut anywhere; none if there is nothing.
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

extension BPFError.Operation {
  /// Reading what a program writes.
  @inlinable public static var readStream: BPFError.Operation {
    BPFError.Operation(rawValue: "reading of a stream")
  }
}
