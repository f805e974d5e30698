//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BPFError {
  /// Lets a closure throw its own errors inside a call that only accepts closures that throw `BPFError`.
  ///
  /// - Parameter call: Makes the call. Its argument stores an error of the closure, and returns the `BPFError` for the
  ///   closure to throw instead, which ends the call.
  /// - Returns: The result of `call`.
  /// - Throws: The stored error, or the `BPFError` that `call` throws.
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
