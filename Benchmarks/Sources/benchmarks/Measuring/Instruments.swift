//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CReference

/// The counters, verified by counting known numbers.
struct Instruments {
  /// Verifies each counter with a known number of allocations of C and Swift, references, and system calls.
  init() throws {
    guard instrument_pin() >= 0 else { throw InstrumentFailure("cannot pin the thread to a CPU") }
    try verify("allocations of C", 3, countingAllocations { instrument_allocate(3) })
    try verify("allocations of Swift", 5, countingAllocations { for _ in 0..<5 { keep(Box()) } })
    let box = Unmanaged.passRetained(Box())
    try verify("references", 4, countingReferences { instrument_retain(box.toOpaque(), 4) })
    box.release()
    try verify("system calls", 7, try countingSystemCalls { instrument_call(7) })
    try verify("system calls", 0, try countingSystemCalls {})
  }

  private func verify(_ name: String, _ made: UInt64, _ counted: UInt64) throws {
    if made != counted { throw InstrumentFailure("counted \(counted) \(name) instead of \(made)") }
  }

  /// Returns the number of allocations during a piece of work.
  func countingAllocations(_ work: () throws -> Void) rethrows -> UInt64 {
    instrument_count_allocations()
    defer { _ = instrument_allocations() }
    try work()
    return instrument_allocations()
  }

  /// Returns the number of references that a piece of work retains.
  func countingReferences(_ work: () throws -> Void) rethrows -> UInt64 {
    instrument_count_references()
    defer { _ = instrument_references() }
    try work()
    return instrument_references()
  }

  /// Returns the number of system calls that this thread makes during a piece of work.
  func countingSystemCalls(_ work: () throws -> Void) throws -> UInt64 {
    let counter = instrument_count_system_calls()
    guard counter >= 0 else {
      throw InstrumentFailure(
        "cannot count system calls (errno \(-counter)): run as root")
    }
    let outcome = Result(catching: work)
    let count = instrument_system_calls(counter)
    try outcome.get()
    return count
  }

  /// Runs a piece of work whose bpf(2) calls succeed without entering the kernel. Returns `nil` where that is
  /// unsupported.
  func answeringCalls<Value>(_ work: () throws -> Value) throws -> Value? {
    let callCount = answer_calls()
    defer { ask_kernel() }
    if callCount < 0 { throw InstrumentFailure("cannot modify the program's code (errno \(-callCount))") }
    return callCount == 0 ? nil : try work()
  }

  /// Returns the peak growth of the process's memory during a piece of work, in bytes.
  func peakGrowth(_ work: () throws -> Void) throws -> Int {
    let before = instrument_forget_peak()
    try work()
    let peak = instrument_peak()
    guard before > 0, peak > 0 else {
      throw InstrumentFailure("cannot read the memory use from /proc")
    }
    return max(0, Int(peak - before))
  }
}

/// An error that prevents measuring.
struct InstrumentFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

private final class Box {}

/// Uses an object in a way that the compiler cannot optimize away.
@inline(never) @_optimize(none)
private func keep(_ object: AnyObject) {}
