//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BPFError {
  /// Makes a call whose closure throws `BPFError` alone, for a closure that throws errors of its own.
  ///
  /// - Parameter call: Makes the call. It is given a function that keeps an error of the closure, and returns the error to throw
  ///   instead, which ends the call.
  /// - Returns: What `call` returns.
  /// - Throws: The error that was kept, or the `BPFError` that `call` throws.
  @inlinable
  package static func passing<R, E: Error>(
    _ call: (_ keep: (E) -> BPFError) throws(BPFError) -> R
  ) throws -> R {
    var kept: E?
    do throws(BPFError) {
      return try call {
        kept = $0
        return BPFError(Operation(rawValue: "closure"), .system)
      }
    } catch {
      if let kept { throw kept }
      throw error
    }
  }
}
