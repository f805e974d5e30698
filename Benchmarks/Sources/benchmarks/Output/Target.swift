//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A performance target. `--check` fails if the library misses it.
struct Target {
  var operation: String
  var implementation: String
  /// The maps that the target applies to, or all if empty.
  var maps: [String] = []
  var maximumRatio: Double?
  /// The maximum time of one operation beyond that of C, in nanoseconds: in user space where measured, otherwise with
  /// the kernel.
  var maximumDifference: Double?
  var maximumAllocations: Double?
  /// The maximum number of references retained per call.
  var maximumReferences: Double?
  var maximumPeakGrowth: Int?
  /// Whether the peak memory must not exceed that of C.
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
    element("lookup-hit"), element("lookup-miss"), element("update"), element("contains"),
    element("delete-miss"),
    element("lookup-hit", "RawSpan"), element("lookup-miss", "RawSpan"), element("update", "RawSpan"),
    // Two system calls per operation.
    element("insert-delete", calls: 2), element("insert-take", calls: 2), element("push-pop", calls: 2),
    element("lookup-hit", maps: perCPU, nanoseconds: 15), element("update", maps: perCPU, nanoseconds: 15),
    element("lookup-hit", "typed lookup(into:)", maps: perCPU, nanoseconds: 15),
    Target(operation: "lookup-hit", implementation: "[UInt8]", maximumRatio: 1.12, maximumAllocations: 1),

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

    // The kernel's types, compared with libbpf.
    besideLibbpf("open-and-find-1"), besideLibbpf("open-and-find-20"),
    besideLibbpf("open-and-find-spread-20"),
    besideLibbpf("open-and-find-last-20"),

    // Compiled objects, compared with libbpf.
    Target(operation: "load-120-programs", implementation: "ObjectFile", maximumRatio: 1),
    Target(operation: "load-120-programs-core", implementation: "ObjectFile", maximumRatio: 1),
    Target(operation: "load-1-program", implementation: "ObjectFile", maximumRatio: 1),
    Target(operation: "load-1-program-core", implementation: "ObjectFile", maximumRatio: 1),
    Target(operation: "open-120-programs", implementation: "ObjectFile", maximumRatio: 1),
    Target(operation: "open-120-programs-core", implementation: "ObjectFile", maximumRatio: 1),

    // Records, compared with libbpf.
    Target(
      operation: "consume-64-bytes", implementation: "consume", maximumRatio: 1, maximumAllocations: 0),
    Target(operation: "consume-64-bytes", implementation: "events(as:)", maximumRatio: 2),
    Target(operation: "consume-64-bytes", implementation: "batches(as:)", maximumRatio: 1.2),

    // Memory.
    Target(operation: "read", implementation: "for-in", maximumRatio: 1.1, maximumAllocations: 0),
    Target(operation: "read", implementation: "by index", maximumRatio: 1.1, maximumAllocations: 0),
    Target(operation: "read-at-random", implementation: "by index", maximumRatio: 1.1, maximumAllocations: 0),
    Target(operation: "read-wrapping", implementation: "wrapping", maximumRatio: 1.3, maximumAllocations: 0),
  ]

  /// Returns a target for an operation on one element: a few nanoseconds per system call, and no allocation.
  private static func element(
    _ operation: String, _ implementation: String = "typed", maps: [String] = values,
    nanoseconds: Double = 10,
    calls: Double = 1
  ) -> Target {
    Target(
      operation: operation, implementation: implementation, maps: maps,
      maximumDifference: nanoseconds * calls, maximumAllocations: 0, maximumReferences: 0)
  }

  /// Returns a target for the kernel's types: at most libbpf's time and memory.
  private static func besideLibbpf(_ operation: String) -> Target {
    Target(
      operation: operation, implementation: "BTFTypes.vmlinux()", maximumRatio: 1, isPeakLimitedByC: true)
  }

  /// Maps with one value per element.
  private static let values = ["hash-1000", "hash-1000000", "array-1000", "queue-1000"]
  private static let perCPU = ["percpu-array-1000"]
  private static let millions = ["hash-1000000", "array-1000000"]
  private static let large = millions + ["percpu-hash-100000"]
}

extension Measurement {
  /// Descriptions of missed targets for time.
  var missesOfTime: [String] {
    misses { target in
      var misses: [String] = []
      if let maximum = target.maximumRatio, ratioToC > maximum {
        misses.append("\(ratioToC.written(4)) times C, exceeds \(maximum.written(2))")
      }
      let difference = ownNanoseconds ?? nsBeyondC
      if let maximum = target.maximumDifference, difference > maximum {
        misses.append("\(difference.written(1)) ns beyond C, exceeds \(maximum.written(0))")
      }
      return misses
    }
  }

  /// Descriptions of missed targets for counts, which do not depend on the machine.
  var missesOfCounts: [String] {
    misses { target in
      var misses: [String] = []
      if let maximum = target.maximumAllocations, allocationsPerOp > maximum {
        misses.append("\(allocationsPerOp.written(2)) allocations, exceeds \(maximum.written(0))")
      }
      if let maximum = target.maximumReferences, let referencesPerOp, referencesPerOp > maximum {
        misses.append("\(referencesPerOp.written(2)) references retained, exceeds \(maximum.written(0))")
      }
      return misses
    }
  }

  /// Descriptions of missed targets for memory.
  var missesOfMemory: [String] {
    misses { target in
      var misses: [String] = []
      if let maximum = target.maximumPeakGrowth, let peakGrowth, peakGrowth >= maximum {
        misses.append("\(peakGrowth) bytes at peak, not below \(maximum)")
      }
      if target.isPeakLimitedByC, let peakGrowth, let peakGrowthOfC, peakGrowth > peakGrowthOfC {
        misses.append("\(peakGrowth) bytes at peak, exceeds the \(peakGrowthOfC) of C")
      }
      return misses
    }
  }

  private func misses(_ find: (Target) -> [String]) -> [String] {
    Target.all.filter { $0.concerns(self) }.flatMap(find).map {
      "\(workload.name), \(implementation): \($0)"
    }
  }
}
