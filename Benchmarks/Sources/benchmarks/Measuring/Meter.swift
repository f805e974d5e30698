//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CReference

/// The measurements of one implementation of a workload.
struct Measurement {
  var workload: Workload
  var implementation: String
  /// The median time of one operation. For whole maps, the time per element.
  var nsPerOp: Double
  /// The median ratio of this implementation's time to that of C in the same round.
  var ratioToC: Double
  /// The median difference of one operation's time to that of C in the same round, in nanoseconds.
  var nsBeyondC: Double
  /// The same difference without the kernel: every system call returns at once, so that only the library's own code
  /// counts. `nil` unless the workload performs successful operations on single elements.
  var ownNanoseconds: Double?
  var syscallsPerElement: Double
  /// The number of allocations per call.
  var allocationsPerOp: Double
  /// The number of `swift_retain` calls per call. `nil` unless the workload operates on single elements: others create
  /// strings, and the runtime's hook mistakes small strings for objects.
  var referencesPerOp: Double?
  /// The peak growth of the process during one operation on a whole map, in bytes.
  var peakGrowth: Int?
  /// The peak growth for C.
  var peakGrowthOfC: Int?
}

/// Measures workloads.
struct Meter {
  let instruments: Instruments
  /// The number of rounds, or `nil` for as many as fit into the budget.
  var rounds: Int?

  /// The nanoseconds that one implementation runs at a time, unless one call takes longer. It is short, so that other
  /// load on the machine affects all implementations alike.
  private let slice: UInt64 = 1_000_000

  /// The nanoseconds for all rounds of a workload.
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

  /// Times each implementation twice in a round, in forward and reverse order, so that drift of the machine's speed
  /// affects all of them alike.
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

  /// Returns the median differences to C of one operation without the kernel, or `nil` where that is unsupported.
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
        throw InstrumentFailure("\(workload.name): \(implementation.name) still enters the kernel")
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

/// The elements to work on next.
private struct Track {
  private let extent: Workload.Extent
  private var position = 0
  private var repetitions = 1
  private var window = 64

  init(_ extent: Workload.Extent) { self.extent = extent }

  /// The number of elements between two readings of the clock.
  var elements: Int {
    switch extent {
    case .each: window
    case .whole(let count): count * repetitions
    }
  }

  /// Chooses the amount of work between two readings of the clock so that it takes about `slice`.
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

  /// Returns the nanoseconds that an implementation takes for the next elements.
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

// MARK: - Counts and memory

extension Meter {
  /// Throws unless all implementations read the same elements.
  private func compareSums(_ workload: Workload, _ implementations: [Implementation]) throws {
    var expected: UInt64?
    for implementation in implementations {
      try implementation.prepare?()
      let sum = try implementation.run(workload.counted)
      if let expected, sum != expected {
        throw InstrumentFailure(
          "\(workload.name): \(implementation.name) sum is \(sum), but that of \(implementations[0].name) is \(expected)"
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

  /// Counts events per call, in the second half of the calls, since the first calls may allocate shared state.
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
  /// The elements to work on when measuring anything but time.
  fileprivate var counted: Range<Int> {
    switch extent {
    case .each(let count): 0..<min(count, 10_000)
    case .whole(let count): 0..<count
    }
  }
}

extension [[UInt64]] {
  /// Returns the median over the rounds of the difference of an implementation's time to that of C, the first.
  fileprivate func medianDifference(at index: Int) -> Double {
    map { Double($0[index]) - Double($0[0]) }.median
  }
}

extension [Double] {
  /// The median. For an even count, the mean of the middle two.
  fileprivate var median: Double {
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
