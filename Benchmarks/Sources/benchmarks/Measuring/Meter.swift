//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CReference

/// What was measured of one implementation of a workload.
struct Measurement {
  var workload: Workload
  var implementation: String
  /// Median time of one operation; of an operation on a whole map, its share of one element.
  var nsPerOp: Double
  /// Median over the rounds of the time of this implementation to the time of C in the same round.
  var ratioToC: Double
  /// Median over the rounds of the time of one operation less that of C in the same round, in nanoseconds.
  var nsBeyondC: Double
  /// The same with each system call answered without the kernel: the time of the library's own code. Only for operations on
  /// one element that succeed.
  var ownNanoseconds: Double?
  var syscallsPerElement: Double
  /// Allocations of one call.
  var allocationsPerOp: Double
  /// Calls of `swift_retain` of one call. Only for operations on one element: the runtime's hook mistakes small strings for
  /// objects, and the others make strings.
  var referencesPerOp: Double?
  /// By how many bytes the process grew at most during one operation on a whole map.
  var peakGrowth: Int?
  /// The same of C.
  var peakGrowthOfC: Int?
}

/// Measures workloads.
struct Meter {
  let instruments: Instruments
  /// How many rounds, or as many as fit into some seconds.
  var rounds: Int?

  /// Nanoseconds one implementation runs on end, unless one call takes longer: short, so that what else the machine
  /// does meets all alike.
  private let slice: UInt64 = 1_000_000

  /// Nanoseconds for all rounds of a workload.
  private let budget: UInt64 = 4_000_000_000

  func measure(_ workload: Workload) throws -> [Measurement] {
    let implementations = try workload.make()
    try compareSums(workload, implementations)
    var track = Track(workload.extent)
    try track.fit(implementations[0], into: slice)
    let times = try timeRounds(implementations, &track, rounds)
    let ownTimes = try differencesInUserSpace(workload, implementations)
    let peaks = try implementations.map { try peakGrowth(workload, $0) }
    return try implementations.indices.map { index in
      let implementation = implementations[index]
      let operations = Double(track.elements * 2)
      return Measurement(
        workload: workload, implementation: implementation.name,
        nsPerOp: times.map { Double($0[index]) / operations }.median,
        ratioToC: times.map { Double($0[index]) / Double($0[0]) }.median,
        nsBeyondC: times.medianDifference(at: index) / operations,
        ownNanoseconds: ownTimes?[index],
        syscallsPerElement: try systemCalls(workload, implementation),
        allocationsPerOp: try perCall(workload, implementation) {
          try instruments.countingAllocations($0)
        },
        referencesPerOp: try references(workload, implementation),
        peakGrowth: peaks[index], peakGrowthOfC: peaks[0])
    }
  }

  /// Times each implementation twice in a round, forth and back, so that a machine that grows slower or faster
  /// grows so for all of them.
  private func timeRounds(
    _ implementations: [Implementation], _ track: inout Track, _ rounds: Int?
  ) throws -> [[UInt64]] {
    let start = instrument_clock()
    var times: [[UInt64]] = []
    while times.count < rounds ?? 1001 {
      var round = [UInt64](repeating: 0, count: implementations.count)
      for index in Array(implementations.indices) + implementations.indices.reversed() {
        round[index] += try track.time(implementations[index])
      }
      times.append(round)
      if rounds == nil, times.count >= 5, instrument_clock() - start > budget { break }
    }
    return times
  }

  /// The median differences to C of one operation whose calls are answered without the kernel; nil if they cannot be.
  private func differencesInUserSpace(
    _ workload: Workload, _ implementations: [Implementation]
  ) throws -> [Double]? {
    guard case .each = workload.extent, workload.succeeds else { return nil }
    let calls = try instruments.countingSystemCalls { _ = try instruments.answeringCalls {} }
    for implementation in implementations {
      let counted = try instruments.countingSystemCalls {
        _ = try instruments.answeringCalls { _ = try implementation.run(workload.counted) }
      }
      if counted != calls {
        throw InstrumentFailure("\(workload.name): \(implementation.name) still asks the kernel")
      }
    }
    return try instruments.answeringCalls { try medianDifferences(workload, implementations) }
  }

  private func medianDifferences(
    _ workload: Workload, _ implementations: [Implementation]
  ) throws -> [Double] {
    var track = Track(workload.extent)
    try track.fit(implementations[0], into: slice)
    let times = try timeRounds(implementations, &track, 101)
    let operations = Double(track.elements * 2)
    return implementations.indices.map { times.medianDifference(at: $0) / operations }
  }
}

// MARK: - Time

/// What is worked on next.
private struct Track {
  private let extent: Workload.Extent
  private var position = 0
  private var repetitions = 1
  private var window = 64

  init(_ extent: Workload.Extent) { self.extent = extent }

  /// How many elements are worked on between two looks at the clock.
  var elements: Int {
    switch extent {
    case .each: window
    case .whole(let count): count * repetitions
    }
  }

  /// Chooses how much is done at a time by what it takes.
  mutating func fit(_ implementation: Implementation, into slice: UInt64) throws {
    _ = try time(implementation)
    while try time(implementation) < slice * 3 / 4 {
      switch extent {
      case .each(let count):
        guard window * 2 <= count else { return }
        window *= 2
      case .whole: repetitions *= 2
      }
    }
  }

  /// Nanoseconds an implementation takes for the next elements.
  mutating func time(_ implementation: Implementation) throws -> UInt64 {
    switch extent {
    case .each(let count):
      if position + window > count { position = 0 }
      let elements = position..<position + window
      position += window
      return try time(implementation, elements, 1)
    case .whole(let count): return try time(implementation, 0..<count, repetitions)
    }
  }

  private func time(
    _ implementation: Implementation, _ elements: Range<Int>, _ repetitions: Int
  ) throws -> UInt64 {
    if implementation.prepare == nil {
      let start = instrument_clock()
      for _ in 0..<repetitions { _ = try implementation.run(elements) }
      return instrument_clock() - start
    }
    var time: UInt64 = 0
    for _ in 0..<repetitions {
      try implementation.prepare?()
      let start = instrument_clock()
      _ = try implementation.run(elements)
      time += instrument_clock() - start
    }
    return time
  }
}

// MARK: - All but time

extension Meter {
  /// Throws unless all implementations read the same.
  private func compareSums(_ workload: Workload, _ implementations: [Implementation]) throws {
    var expected: UInt64?
    for implementation in implementations {
      try implementation.prepare?()
      let sum = try implementation.run(workload.counted)
      if let expected, sum != expected {
        throw InstrumentFailure(
          "\(workload.name): \(implementation.name) comes to \(sum), and \(implementations[0].name) to \(expected)"
        )
      }
      expected = sum
    }
  }

  private func systemCalls(_ workload: Workload, _ implementation: Implementation) throws -> Double {
    try implementation.prepare?()
    let calls = try instruments.countingSystemCalls { _ = try implementation.run(workload.counted) }
    return Double(calls) / Double(workload.counted.count)
  }

  /// Counts something in one call: in a second half of calls, as the first may allocate what all use.
  private func perCall(
    _ workload: Workload, _ implementation: Implementation,
    _ counting: (() throws -> Void) throws -> UInt64
  ) throws -> Double {
    func count(_ elements: Range<Int>) throws -> Double {
      try implementation.prepare?()
      return Double(try counting { _ = try implementation.run(elements) })
    }
    let all = try count(workload.counted)
    if case .whole = workload.extent { return all }
    let half = workload.counted.count / 2
    return (all - (try count(0..<half))) / Double(workload.counted.count - half)
  }

  private func references(_ workload: Workload, _ implementation: Implementation) throws -> Double? {
    guard case .each = workload.extent else { return nil }
    return try perCall(workload, implementation) { try instruments.countingReferences($0) }
  }

  private func peakGrowth(_ workload: Workload, _ implementation: Implementation) throws -> Int? {
    guard case .whole = workload.extent else { return nil }
    try implementation.prepare?()
    return try instruments.peakGrowth { _ = try implementation.run(workload.counted) }
  }
}

extension Workload {
  /// The elements that are worked on when something other than time is measured.
  fileprivate var counted: Range<Int> {
    switch extent {
    case .each(let count): 0..<min(count, 10_000)
    case .whole(let count): 0..<count
    }
  }
}

extension [[UInt64]] {
  /// The median over the rounds of the time of an implementation less that of C, the first.
  fileprivate func medianDifference(at index: Int) -> Double {
    map { Double($0[index]) - Double($0[0]) }.median
  }
}

extension [Double] {
  /// The one in the middle; of two, their mean.
  fileprivate var median: Double {
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
