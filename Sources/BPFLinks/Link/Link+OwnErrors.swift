//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
public import SystemPackage

extension Link {
  /// Lends the link's descriptor to a closure that throws its own error type. See ``withFileDescriptor(_:)`` for
  /// closures that throw nothing or `BPFError`.
  ///
  /// - Throws: the error that `body` throws; or `BPFError` with `BPFError.Code.unsupported` for an attachment without a
  ///   kernel link, or after the link is detached and closed.
  public func withFileDescriptor<R: ~Copyable, E: Error>(
    _ body: (FileDescriptor) throws(E) -> R
  ) throws -> R {
    let result: Result<R, E> = try withFileDescriptor(.open) { (descriptor) throws(BPFError) in
      Result { () throws(E) in try body(descriptor) }
    }
    return try result.get()
  }
}
