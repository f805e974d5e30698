//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF

/// What is measured: the same work, done by C and in one or more ways by Swift.
struct Workload {
  /// The map, such as `hash-1000`; or `vmlinux`, the kernel's types, or `object`, a compiled one.
  var map: String
  /// What is done with it, such as `lookup-hit`.
  var operation: String
  /// How much is done in one call of an implementation.
  var extent: Extent
  /// Whether it is measured only when asked for by name.
  var isOnDemand = false
  /// What is missing on this machine to measure it; nil if nothing is.
  var obstacle: String?
  /// Whether the calls for one element succeed.
  var succeeds = true
  /// Makes the map, and the ways. The first is what the others are compared with.
  var make: () throws -> [Implementation]

  var name: String { "\(map)/\(operation)" }

  /// How much is done in one call.
  enum Extent {
    /// As many elements as one likes, from a list of that many, one operation on each.
    case each(of: Int)
    /// One operation on all elements of a map.
    case whole(Int)
  }
}

/// One way to do a workload.
struct Implementation {
  var name: String
  /// What must be done before each call, and is not measured.
  var prepare: (() throws -> Void)?
  /// Does it for some elements of the list; for whole maps for all, whatever they are. Returns a sum of what it
  /// read, which must be the same for all implementations.
  var run: (Range<Int>) throws -> UInt64

  init(
    _ name: String, prepare: (() throws -> Void)? = nil, _ run: @escaping (Range<Int>) throws -> UInt64
  ) {
    (self.name, self.prepare, self.run) = (name, prepare, run)
  }
}

extension Workload {
  /// A workload of one operation on each of many elements.
  static func each(
    _ map: String, _ operation: String, of count: Int, succeeds: Bool = true,
    _ make: @escaping () throws -> [Implementation]
  ) -> Workload {
    Workload(map: map, operation: operation, extent: .each(of: count), succeeds: succeeds, make: make)
  }

  /// A workload of one operation on a whole map.
  static func whole(
    _ map: String, _ operation: String, _ count: Int, isOnDemand: Bool = false,
    _ make: @escaping () throws -> [Implementation]
  ) -> Workload {
    Workload(
      map: map, operation: operation, extent: .whole(count), isOnDemand: isOnDemand, make: make)
  }
}

extension Workload {
  /// All of them.
  static var all: [Workload] {
    [1000, 1_000_000].flatMap { hashElements($0) + hashSweeps($0) + hashWrites($0) }
      + arrays + queue + perCPU + mapped + ringBuffers + types + objects + batchSizes
  }
}
