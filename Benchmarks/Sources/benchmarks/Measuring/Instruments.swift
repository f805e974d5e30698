//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CReference

/// The counters, of which it was shown that they count.
struct Instruments {
  /// Has each counter count what is known: allocations of C and of Swift, and system calls.
  init() throws {
    guard instrument_pin() >= 0 else { throw InstrumentFailure("the thread cannot be kept on one CPU") }
    try prove("allocations of C", 3, countingAllocations { instrument_allocate(3) })
    try prove("allocations of Swift", 5, countingAllocations { for _ in 0..<5 { keep(Box()) } })
    let box = Unmanaged.passRetained(Box())
    try prove("references", 4, countingReferences { instrument_retain(box.toOpaque(), 4) })
    box.release()
    try prove("system calls", 7, try countingSystemCalls { instrument_call(7) })
    try prove("system calls", 0, try countingSystemCalls {})
  }

  private func prove(_ what: String, _ made: UInt64, _ counted: UInt64) throws {
    if made != counted { throw InstrumentFailure("of \(made) \(what), \(counted) were counted") }
  }

  /// How many allocations a piece of work makes.
  func countingAllocations(_ work: () throws -> Void) rethrows -> UInt64 {
    instrument_count_allocations()
    defer { _ = instrument_allocations() }
    try work()
    return instrument_allocations()
  }

  /// Counts the references that a piece of work retains.
  func countingReferences(_ work: () throws -> Void) rethrows -> UInt64 {
    instrument_count_references()
    defer { _ = instrument_references() }
    try work()
    return instrument_references()
  }

  /// How many system calls this thread makes during a piece of work.
  func countingSystemCalls(_ work: () throws -> Void) throws -> UInt64 {
    let counter = instrument_count_system_calls()
    guard counter >= 0 else {
      throw InstrumentFailure(
        "the kernel does not count system calls for this process (errno \(-counter)); are you root?")
    }
    let outcome = Result(catching: work)
    let count = instrument_system_calls(counter)
    try outcome.get()
    return count
  }

  /// Does a piece of work whose system calls of bpf(2) succeed without the kernel. Returns nil where that cannot be had.
  func answeringCalls<Value>(_ work: () throws -> Value) throws -> Value? {
    let places = answer_calls()
    defer { ask_kernel() }
    if places < 0 { throw InstrumentFailure("the program's code cannot be changed (errno \(-places))") }
    return places == 0 ? nil : try work()
  }

  /// By how many bytes the memory of the process grew at most during a piece of work.
  func peakGrowth(_ work: () throws -> Void) throws -> Int {
    let before = instrument_forget_peak()
    try work()
    let peak = instrument_peak()
    guard before > 0, peak > 0 else {
      throw InstrumentFailure("/proc does not tell how much memory was used")
    }
    return max(0, Int(peak - before))
  }
}

/// A reason not to measure.
struct InstrumentFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

private final class Box {}

/// A use of an object that the compiler cannot see through.
@inline(never) @_optimize(none)
private func keep(_ object: AnyObject) {}
