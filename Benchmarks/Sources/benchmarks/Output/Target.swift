//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What the library is to reach, and fails `--check` if it does not.
struct Target {
  var operation: String
  var implementation: String
  /// The maps it is for; all if empty.
  var maps: [String] = []
  var maximumRatio: Double
  var maximumAllocations: Double?
  var maximumPeakGrowth: Int?
  /// Whether it is to take no more memory than C.
  var isPeakLimitedByC = false

  func concerns(_ measurement: Measurement) -> Bool {
    operation == measurement.workload.operation && implementation == measurement.implementation
      && (maps.isEmpty || maps.contains(measurement.workload.map))
  }
}

extension Target {
  private static let fourMebibytes = 4 << 20

  /// All targets.
  static let all: [Target] = [
    // One element.
    Target(
      operation: "lookup-hit", implementation: "typed", maps: values, maximumRatio: 1.03,
      maximumAllocations: 0),
    Target(operation: "lookup-miss", implementation: "typed", maximumRatio: 1.03, maximumAllocations: 0),
    Target(
      operation: "update", implementation: "typed", maps: values, maximumRatio: 1.03, maximumAllocations: 0),
    Target(operation: "lookup-hit", implementation: "RawSpan", maximumRatio: 1.03, maximumAllocations: 0),
    Target(operation: "lookup-miss", implementation: "RawSpan", maximumRatio: 1.03, maximumAllocations: 0),
    Target(operation: "update", implementation: "RawSpan", maximumRatio: 1.03, maximumAllocations: 0),
    Target(operation: "lookup-hit", implementation: "[UInt8]", maximumRatio: 1.12, maximumAllocations: 1),
    Target(
      operation: "lookup-hit", implementation: "typed lookup(into:)", maximumRatio: 1.05,
      maximumAllocations: 0),

    // Whole maps.
    Target(operation: "read-entries", implementation: "entries()", maps: millions, maximumRatio: 1.15),
    Target(operation: "read-entries", implementation: "typed entries()", maps: millions, maximumRatio: 1.15),
    Target(
      operation: "read-batches", implementation: "forEachBatch", maps: large, maximumRatio: 1.05,
      maximumPeakGrowth: fourMebibytes),
    Target(
      operation: "read-batches", implementation: "typed forEachBatch", maps: large, maximumRatio: 1.05,
      maximumPeakGrowth: fourMebibytes),
    Target(operation: "fill-batch", implementation: "typed update(contentsOf:)", maximumRatio: 1.05),
    Target(operation: "fill-batch-ready", implementation: "updateBatch", maximumRatio: 1.05),
    Target(operation: "delete-batch", implementation: "typed deleteAll(_:)", maximumRatio: 1.05),
    Target(operation: "delete-batch", implementation: "deleteBatch", maximumRatio: 1.05),
    Target(operation: "delete-all", implementation: "deleteAll()", maximumRatio: 1.05),

    // The kernel's types, beside libbpf.
    besideLibbpf("open-and-find-1"), besideLibbpf("open-and-find-20"),
    besideLibbpf("open-and-find-spread-20"),
    besideLibbpf("open-and-find-last-20"),

    // Compiled objects, beside libbpf.
    Target(operation: "load-120-programs", implementation: "ObjectFile", maximumRatio: 1),
    Target(operation: "load-120-programs-core", implementation: "ObjectFile", maximumRatio: 1),
    Target(operation: "load-1-program", implementation: "ObjectFile", maximumRatio: 1),
    Target(operation: "load-1-program-core", implementation: "ObjectFile", maximumRatio: 1),

    // Memory.
    Target(operation: "read", implementation: "for-in", maximumRatio: 1.1, maximumAllocations: 0),
    Target(operation: "read", implementation: "by index", maximumRatio: 1.1, maximumAllocations: 0),
    Target(operation: "read-at-random", implementation: "by index", maximumRatio: 1.1, maximumAllocations: 0),
  ]

  /// Of the kernel's types: at most libbpf's time and memory.
  private static func besideLibbpf(_ operation: String) -> Target {
    Target(
      operation: operation, implementation: "BTFTypes.vmlinux()", maximumRatio: 1, isPeakLimitedByC: true)
  }

  /// Maps with one value for each key.
  private static let values = ["hash-1000", "hash-1000000", "array-1000"]
  private static let millions = ["hash-1000000", "array-1000000"]
  private static let large = millions + ["percpu-hash-100000"]
}

extension Measurement {
  /// What it misses of the targets, as sentences.
  var misses: [String] {
    Target.all.filter { $0.concerns(self) }.flatMap { target in
      var misses: [String] = []
      if ratioToC > target.maximumRatio {
        misses.append("\(ratioToC.written(4)) of C, at most \(target.maximumRatio.written(2))")
      }
      if let maximum = target.maximumAllocations, allocationsPerOp > maximum {
        misses.append("\(allocationsPerOp.written(2)) allocations, at most \(maximum.written(0))")
      }
      if let maximum = target.maximumPeakGrowth, let peakGrowth, peakGrowth >= maximum {
        misses.append("\(peakGrowth) bytes at the peak, fewer than \(maximum)")
      }
      if target.isPeakLimitedByC, let peakGrowth, let peakGrowthOfC, peakGrowth > peakGrowthOfC {
        misses.append("\(peakGrowth) bytes at the peak, at most \(peakGrowthOfC), those of C")
      }
      return misses.map { "\(workload.name) by \(implementation): \($0)" }
    }
  }
}
