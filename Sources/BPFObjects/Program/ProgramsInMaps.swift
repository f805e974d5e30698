//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import SystemPackage

// MARK: - Tail calls

extension ProgramArray {
  /// Sets the program at an index, replacing any existing one.
  ///
  /// The array keeps the program loaded; `program` may be released afterwards.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation. Linux 4.2.
  ///
  /// - Parameters:
  ///   - index: the index, from 0 to below `maxEntries`.
  ///   - program: a program of the type of those in the array.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for a program of another type,
  ///   `BPFError.Code.outOfBounds` for an index beyond the end, `BPFError.Code.frozen`, `BPFError.Code.readOnly`.
  public func update(_ index: UInt32, to program: Program) throws(BPFError) {
    try program.withFileDescriptor { (descriptor) throws(BPFError) in try update(index, to: descriptor) }
  }

  /// Sets the program at an index given as an `Int`.
  public func update(_ index: Int, to program: Program) throws(BPFError) {
    try program.withFileDescriptor { (descriptor) throws(BPFError) in try update(index, to: descriptor) }
  }
}

extension MapHandle {
  /// Sets the program at an index, in a program array.
  ///
  /// The array keeps the program loaded; `program` may be released afterwards.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. Linux 4.2.
  ///
  /// - Parameters:
  ///   - key: the index, four bytes in native order.
  ///   - program: a program of the type of those in the array.
  /// - Throws: `BPFError`. `BPFError.Code.wrongCall` if this map does not hold programs; otherwise as
  ///   `update(_:to:flags:)` of bytes.
  public func update(_ key: [UInt8], to program: Program) throws(BPFError) {
    guard type.facts.valueObject == .program else {
      throw BPFError(
        .update, .wrongCall, mapName: name, mapID: id, "a map of type \(type) does not hold programs")
    }
    try program.withFileDescriptor { (descriptor) throws(BPFError) in
      try update(key, to: [UInt8](number: descriptor.rawValue))
    }
  }
}

// MARK: - Redirection

extension DeviceMap {
  /// Sets the network device of a key, with a program that runs on each packet redirected to it.
  ///
  /// The map keeps the program loaded; `program` may be released afterwards.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`, and one readlink(2) in /proc. Linux 5.8.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - interface: the index of the network interface, in the network namespace of the calling thread.
  ///   - program: an XDP program that was loaded for such maps: `SEC("xdp/devmap")`.
  ///   - flags: for a `DevMapHash`, `.noExist` to insert only; every index of a `DevMap` counts as existing.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for an index that no device has, or a program that does
  ///   not fit; `BPFError.Code.unsupported` in a map with 4-byte values; `BPFError.Code.outOfBounds`,
  ///   `BPFError.Code.mapFull`, `BPFError.Code.alreadyExists` with `.noExist`, `BPFError.Code.frozen`.
  public func update(
    _ key: UInt32, toInterface interface: Int, program: Program, flags: MapFlags = []
  ) throws(BPFError) {
    try program.withFileDescriptor { (descriptor) throws(BPFError) in
      try update(key, toInterface: interface, program: descriptor, flags: flags)
    }
  }
}

extension DeviceMap where Self: IndexedMap {
  /// Sets the network device at an index given as an `Int`, with a program that runs on each packet redirected to it.
  public func update(
    _ index: Int, toInterface interface: Int, program: Program, flags: MapFlags = []
  ) throws(BPFError) {
    try program.withFileDescriptor { (descriptor) throws(BPFError) in
      try update(index, toInterface: interface, program: descriptor, flags: flags)
    }
  }
}

extension CPUMap {
  /// Adds a CPU to the map with a new queue, and a program that runs on that CPU on each packet.
  ///
  /// The map keeps the program loaded; `program` may be released afterwards.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`, and one readlink(2) in /proc. Linux 5.9.
  ///
  /// - Parameters:
  ///   - cpu: the CPU's number; it must be one of `PossibleCPUs.ids`.
  ///   - queueSize: the maximum number of packets in the queue, 1 to 16384.
  ///   - program: an XDP program that was loaded for such maps: `SEC("xdp/cpumap")`.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` for a queue of no or of too many packets, a number that no
  ///   CPU has, or a program that does not fit; `BPFError.Code.unsupported` in a map with 4-byte values;
  ///   `BPFError.Code.outOfBounds` for a number beyond the end; `BPFError.Code.frozen`.
  public func update(_ cpu: UInt32, queueSize: Int, program: Program) throws(BPFError) {
    try program.withFileDescriptor { (descriptor) throws(BPFError) in
      try update(cpu, queueSize: queueSize, program: descriptor)
    }
  }

  /// Adds a CPU, given as an `Int`, to the map with a new queue, and a program that runs on that CPU on each packet.
  public func update(_ cpu: Int, queueSize: Int, program: Program) throws(BPFError) {
    try program.withFileDescriptor { (descriptor) throws(BPFError) in
      try update(cpu, queueSize: queueSize, program: descriptor)
    }
  }
}
