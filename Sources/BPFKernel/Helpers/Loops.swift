//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// Whether a loop goes on.
public enum LoopControl: Sendable {
  /// The next iteration follows.
  case next
  /// The loop ends.
  case stop
}

/// Calls a closure for each number of a range, which may be long: the verifier does not follow each iteration
/// (`bpf_iter_num`, Linux 6.4).
///
/// An ordinary `for` serves for loops of a few thousand iterations. It cannot be one here, because leaving it would skip
/// the end of the kernel's iterator.
@inline(__always)
public func kernelLoop(_ range: Range<Int32>, _ body: (Int32) -> LoopControl) {
  requireKernel()
  var iterator: UInt64 = 0
  unsafe bpfkernel_iterator_start(&iterator, range.lowerBound, range.upperBound)
  while let index = unsafe bpfkernel_iterator_next(&iterator) {
    if body(unsafe index.pointee) == .stop { break }
  }
  unsafe bpfkernel_iterator_end(&iterator)
}

/// Calls a C function for each number from 0 on, below `count`, until it returns a number other than 0 (`bpf_loop`, Linux
/// 5.17). Returns the number of iterations; nil if they are more than 8,388,608.
///
/// Unlike ``kernelLoop(_:_:)`` it works before Linux 6.4, but the function can capture nothing.
@inline(__always) @discardableResult
@unsafe public func bpfLoop(
  _ count: UInt32, _ context: UnsafeMutableRawPointer?,
  _ body: @convention(c) (UInt64, UnsafeMutableRawPointer?) -> Int
) -> Int? {
  requireKernel()
  let result = unsafe bpfkernel_loop(count, unsafeBitCast(body, to: UnsafeRawPointer.self), context)
  return result < 0 ? nil : result
}
