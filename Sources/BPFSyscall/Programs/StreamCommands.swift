//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

extension BPFCommand {
  /// Reads the output of a program to one of its streams. `BPF_PROG_STREAM_READ_BY_FD`, Linux 6.17.
  ///
  /// - Returns: at most `byteCount` bytes; empty if there is no output.
  package static func programStreamRead(
    _ program: FileDescriptor, stream: UInt32, byteCount: Int
  ) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var span = bytes.mutableSpan
    let count = try unsafe span.withUnsafeMutableBytes { (bytes) throws(Errno) in
      var argument = linux_bpf_program_stream()
      argument.stream_buf = unsafe UInt64(address: bytes.baseAddress)
      argument.stream_buf_len = UInt32(clamping: bytes.count)
      argument.stream_id = stream
      argument.prog_fd = UInt32(bitPattern: program.rawValue)
      return try bpf(LINUX_BPF_PROG_STREAM_READ_BY_FD, &argument)
    }
    return Array(bytes.prefix(Int(count)))
  }
}
