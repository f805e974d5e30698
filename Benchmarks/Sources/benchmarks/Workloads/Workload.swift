//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF

/// A measured workload: the same work, done by C and in one or more ways by Swift.
struct Workload {
  /// The map, such as `hash-1000`, or `vmlinux` for the kernel's types, or `object` for a compiled object.
  var map: String
  /// The operation, such as `lookup-hit`.
  var operation: String
  /// The amount of work in one call of an implementation.
  var extent: Extent
  /// Whether it is measured only if selected by name.
  var isOnDemand = false
  /// The reason why this machine cannot measure it, or `nil`.
  var obstacle: String?
  /// Whether the system calls for single elements succeed.
  var succeeds = true
  /// Creates the map, and the implementations. The others are compared with the first.
  var make: () throws -> [Implementation]

  var name: String { "\(map)/\(operation)" }

  /// The amount of work in one call.
  enum Extent {
    /// One operation on each of a range of elements, from a list of this length.
    case each(of: Int)
    /// One operation on all elements of a map with this many.
    case whole(Int)
  }
}

/// One implementation of a workload.
struct Implementation {
  var name: String
  /// Prepares each call, without being measured.
  var prepare: (() throws -> Void)?
  /// Performs the work for a range of the list, or for a whole map. Returns a sum of the values read, which must be the
  /// same for all implementations.
  var run: (Range<Int>) throws -> UInt64

  init(
    _ name: String, prepare: (() throws -> Void)? = nil, _ run: @escaping (Range<Int>) throws -> UInt64
  ) {
    (self.name, self.prepare, self.run) = (name, prepare, run)
  }
}

extension Workload {
  /// Creates a workload of one operation on each of many elements.
  static func each(
    _ map: String, _ operation: String, of count: Int, succeeds: Bool = true,
    _ make: @escaping () throws -> [Implementation]
  ) -> Workload {
    Workload(map: map, operation: operation, extent: .each(of: count), succeeds: succeeds, make: make)
  }

  /// Creates a workload of one operation on a whole map.
  static func whole(
    _ map: String, _ operation: String, _ count: Int, isOnDemand: Bool = false,
    _ make: @escaping () throws -> [Implementation]
  ) -> Workload {
    Workload(
      map: map, operation: operation, extent: .whole(count), isOnDemand: isOnDemand, make: make)
  }
}

extension Workload {
  /// All workloads.
  static var all: [Workload] {
    [1000, 1_000_000].flatMap { hashElements($0) + hashSweeps($0) + hashWrites($0) }
      + arrays + queue + perCPU + mapped + ringBuffers + types + objects + batchSizes
  }
}
