//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// CPUs by number, each with a queue, that XDP programs redirect packets to. Linux 4.15.
///
/// For each CPU in the map the kernel has a queue and a thread, which takes packets out and passes them to the network
/// stack. Deletion does not tell whether the CPU was in the map, and answers true below its end.
///
/// Values have 8 bytes, the queue's size and a program; maps with 4-byte values, as before Linux 5.9, can be
/// wrapped too and take no programs.
///
/// ```swift
/// let cpus = try CPUMap(name: "cpus")
/// try cpus.update(0, queueSize: 192)
/// ```
public struct CPUMap: DeletingMap, IndexedMap {
  /// The map under it.
  public let handle: MapHandle

  /// How keys lie in the map: CPU numbers of 32 bits.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// A CPU in the map.
  public struct Entry: Hashable, Sendable {
    /// How many packets the queue holds at most.
    public var queueSize: Int

    /// The XDP program that runs on each packet on that CPU; nil for none. Linux 5.9.
    public var programID: ProgramID?

    /// A queue, with the program that runs behind it.
    public init(queueSize: Int, programID: ProgramID? = nil) {
      self.queueSize = queueSize
      self.programID = programID
    }

    init(_ target: RedirectTarget) {
      self.init(queueSize: Int(target.number), programID: target.programID)
    }
  }

  /// Creates a map without CPUs in it, with 8-byte values. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many CPU numbers it has, from 0; nil for all possible CPUs.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`.
  public init(
    name: String = "", maxEntries: Int? = nil, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    let length = if let maxEntries { maxEntries } else { try PossibleCPUs.current().arrayLength }
    handle = try ObjectTable.create(.cpuMap, name, valueSize: 8, length, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    let sizes = RedirectTarget.valueSizes
    self.handle = try ObjectTable.prove(handle, .cpuMap, valueSizes: sizes, as: Self.self, checkingTypes)
  }
}

// MARK: - CPUs

extension CPUMap {
  /// The longest queue the kernel makes, in packets.
  private static let maximumQueueSize = 16384

  /// The queue of a CPU.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation.
  ///
  /// - Returns: the queue, or nil if the CPU is not in the map.
  /// - Throws: `BPFError`.
  public func lookup(_ cpu: UInt32) throws(BPFError) -> Entry? { try handle.target(of: cpu).map(Entry.init) }

  /// The queue of a CPU; nil if the CPU is not in the map, and beyond the end. See ``lookup(_:)-(UInt32)``.
  public func lookup(_ cpu: Int) throws(BPFError) -> Entry? { try lookup(key(cpu)) }

  /// Puts a CPU into the map with a new queue, in place of the one it may have.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`; with a program also one readlink(2) in /proc.
  ///
  /// - Parameters:
  ///   - cpu: the CPU's number; it must be one of `PossibleCPUs.ids`.
  ///   - queueSize: how many packets the queue holds at most, 1 to 16384.
  ///   - program: an XDP program that was loaded to be attached to such maps (`BPF_XDP_CPUMAP`), to run on that CPU on
  ///     each packet. The descriptor is borrowed for the call. Linux 5.9.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for a queue of no or of too many packets, a number no CPU
  ///   has, or a program that does not fit; `BPFError.Code.wrongObject` if it is no program;
  ///   `BPFError.Code.unsupported` for a program in a map with 4-byte values; `BPFError.Code.outOfBounds` for a number
  ///   beyond the end; `BPFError.Code.frozen`.
  public func update(
    _ cpu: UInt32, queueSize: Int, program: FileDescriptor? = nil
  ) throws(BPFError) {
    // The kernel would take a queue of no packets for a deletion.
    guard let size = UInt32(exactly: queueSize), size > 0 else { throw queueRefusal(queueSize, nil) }
    do throws(BPFError) {
      try handle.setTarget(cpu, size, program: program, [])
    } catch {
      switch error.errno {
      case .overflow: throw queueRefusal(queueSize, error.errno)
      case .operationNotSupportedByDevice:
        throw handle.failure(
          .update, .invalidArgument, error.errno, "this machine has no CPU \(cpu), not even a possible one")
      // Whatever is wrong with the program, kernels before 7.x say that memory is.
      case .noMemory where program != nil:
        throw handle.failure(
          .update, .invalidArgument, error.errno, "\(misfit), or no memory is left for the queue")
      case .invalidArgument where program.map({ handle.fault(of: $0, wanted: .program) == nil }) == true:
        throw handle.failure(.update, .invalidArgument, error.errno, misfit)
      default: throw error
      }
    }
  }

  /// Puts a CPU into the map with a new queue. See ``update(_:queueSize:program:)-(UInt32,_,_)``.
  public func update(_ cpu: Int, queueSize: Int, program: FileDescriptor? = nil) throws(BPFError) {
    try update(key(cpu), queueSize: queueSize, program: program)
  }

  /// All CPUs in the map with their queues, ascending. See ``MapSweep``.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_ELEM` for each index.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func entries() throws(BPFError) -> [(key: UInt32, value: Entry)] {
    try handle.targets().map { (key: $0.key, value: Entry($0.value)) }
  }

  private var misfit: String { "the program was not loaded as an XDP program for CPU maps (BPF_XDP_CPUMAP)" }

  private func queueRefusal(_ queueSize: Int, _ errno: Errno?) -> BPFError {
    handle.failure(
      .update, .invalidArgument, errno,
      "a CPU's queue holds 1 to \(CPUMap.maximumQueueSize) packets, not \(queueSize)")
  }
}
