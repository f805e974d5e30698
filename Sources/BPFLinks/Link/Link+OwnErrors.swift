//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
public import SystemPackage

extension Link {
  /// Lends the link's descriptor to a closure that throws errors of its own. See ``withFileDescriptor(_:)``, which takes
  /// closures that throw nothing, or `BPFError`.
  ///
  /// - Throws: the error that `body` throws; or `BPFError` with `BPFError.Code.unsupported` where the kernel has no link for
  ///   the place, or if it is detached and closed.
  public func withFileDescriptor<R: ~Copyable, E: Error>(
    _ body: (FileDescriptor) throws(E) -> R
  ) throws -> R {
    let result: Result<R, E> = try withFileDescriptor(.open) { (descriptor) throws(BPFError) in
      Result { () throws(E) in try body(descriptor) }
    }
    return try result.get()
  }
}
