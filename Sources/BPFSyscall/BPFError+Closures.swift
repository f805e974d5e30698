//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BPFError {
  /// Ends a call whose closure throws `BPFError` alone, after a closure that was called in there threw an error of its own.
  /// Whoever made the call throws that error in its place.
  @inlinable
  package static var ofClosure: BPFError { BPFError(Operation(rawValue: "closure"), .system) }
}
