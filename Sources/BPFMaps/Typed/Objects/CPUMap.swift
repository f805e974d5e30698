//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// CPUs by number, each with a packet queue, as targets of XDP redirection. Linux 4.15.
///
/// For each CPU in the map, the kernel has a queue and a thread that passes its packets to the network stack. Deletion
/// cannot tell whether the CPU was in the map, and returns true for every number below the map's end.
///
/// Values have 8 bytes, the queue's size and a program. Maps with 4-byte values, as before Linux 5.9, can be wrapped
/// too, but take no programs.
///
/// ```swift
/// let cpus = try CPUMap(name: "cpus")
/// try cpus.update(0, queueSize: 192)
/// ```
public struct CPUMap: DeletingMap, IndexedMap {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of keys in the map: 32-bit CPU numbers.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// A CPU in the map.
  public struct Entry: Hashable, Sendable {
    /// The maximum number of packets in the queue.
    public var queueSize: Int

    /// The XDP program that runs on each packet on that CPU; nil for none. Linux 5.9.
    public var programID: ProgramID?

    /// Creates an entry with a queue and the program that processes its packets.
    public init(queueSize: Int, programID: ProgramID? = nil) {
      self.queueSize = queueSize
      self.programID = programID
    }

    init(_ target: RedirectTarget) {
      self.init(queueSize: Int(target.number), programID: target.programID)
    }
  }

  /// Creates an empty map, with 8-byte values. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the number of CPU numbers, from 0; nil for all possible CPUs.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`.
  public init(
    name: String = "", maxEntries: Int? = nil, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    let length = if let maxEntries { maxEntries } else { try PossibleCPUs.current().arrayLength }
    handle = try ObjectTable.create(.cpuMap, name, valueSize: 8, length, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    let sizes = RedirectTarget.valueSizes
    self.handle = try ObjectTable.verify(handle, .cpuMap, valueSizes: sizes, as: Self.self, checkingTypes)
  }
}

// MARK: - CPUs

extension CPUMap {
  /// The maximum queue size that the kernel accepts, in packets.
  private static let maximumQueueSize = 16384

  /// Looks up the queue of a CPU.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation.
  ///
  /// - Returns: the queue, or nil if the CPU is not in the map.
  /// - Throws: `BPFError`.
  public func lookup(_ cpu: UInt32) throws(BPFError) -> Entry? { try handle.target(of: cpu).map(Entry.init) }

  /// Looks up the queue of a CPU. Returns nil if the CPU is not in the map, or beyond the end. See
  /// ``lookup(_:)-(UInt32)``.
  public func lookup(_ cpu: Int) throws(BPFError) -> Entry? { try lookup(key(cpu)) }

  /// Adds a CPU with a new queue to the map, or replaces its queue.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`; with a program also one readlink(2) in /proc.
  ///
  /// - Parameters:
  ///   - cpu: the CPU's number; it must be one of `PossibleCPUs.ids`.
  ///   - queueSize: the maximum number of packets in the queue, 1 to 16384.
  ///   - program: an XDP program loaded for CPU maps (`BPF_XDP_CPUMAP`), to run on each packet on that CPU. The
  ///     descriptor is borrowed for the call. Linux 5.9.
  /// - Throws: `BPFError`; `.invalidArgument` if the queue size is out of range, the machine has no such CPU, or the
  ///   program was not loaded for CPU maps; `.wrongObject` if the descriptor is not a program; `.unsupported` for a
  ///   program in a map with 4-byte values; `.outOfBounds` for a number beyond the end; `.frozen`.
  public func update(
    _ cpu: UInt32, queueSize: Int, program: FileDescriptor? = nil
  ) throws(BPFError) {
    // The kernel treats a queue size of 0 as a deletion.
    guard let size = UInt32(exactly: queueSize), size > 0 else { throw queueRefusal(queueSize, nil) }
    do throws(BPFError) {
      try handle.setTarget(cpu, size, program: program, [])
    } catch {
      switch error.errno {
      case .overflow: throw queueRefusal(queueSize, error.errno)
      case .operationNotSupportedByDevice:
        throw handle.failure(
          .update, .invalidArgument, error.errno, "this machine has no CPU \(cpu), not even a possible one")
      // Kernels before 7.x report every problem with the program as ENOMEM.
      case .noMemory where program != nil:
        throw handle.failure(
          .update, .invalidArgument, error.errno, "\(programMismatch), or no memory is left for the queue")
      case .invalidArgument where program.map({ handle.fault(of: $0, wanted: .program) == nil }) == true:
        throw handle.failure(.update, .invalidArgument, error.errno, programMismatch)
      default: throw error
      }
    }
  }

  /// Adds a CPU with a new queue to the map. See ``update(_:queueSize:program:)-(UInt32,_,_)``.
  public func update(_ cpu: Int, queueSize: Int, program: FileDescriptor? = nil) throws(BPFError) {
    try update(key(cpu), queueSize: queueSize, program: program)
  }

  /// Returns all CPUs in the map with their queues, in ascending order. See ``MapSweep``.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_ELEM` for each index.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func entries() throws(BPFError) -> [(key: UInt32, value: Entry)] {
    try handle.targets().map { (key: $0.key, value: Entry($0.value)) }
  }

  private var programMismatch: String {
    "the program was not loaded as an XDP program for CPU maps (BPF_XDP_CPUMAP)"
  }

  private func queueRefusal(_ queueSize: Int, _ errno: Errno?) -> BPFError {
    handle.failure(
      .update, .invalidArgument, errno,
      "a CPU's queue holds 1 to \(CPUMap.maximumQueueSize) packets, not \(queueSize)")
  }
}
