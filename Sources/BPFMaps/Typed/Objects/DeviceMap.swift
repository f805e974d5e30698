//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A network device in a map, that XDP programs redirect packets to.
public struct NetworkDevice: Hashable, Sendable {
  /// The device's interface index, in the network namespace of whoever put it in.
  public var interfaceIndex: Int

  /// The XDP program that runs on each packet before the device sends it; nil for none. Linux 5.8.
  public var programID: ProgramID?

  /// A device, with the program that runs there.
  public init(interfaceIndex: Int, programID: ProgramID? = nil) {
    self.interfaceIndex = interfaceIndex
    self.programID = programID
  }

  init(_ target: RedirectTarget) {
    self.init(interfaceIndex: Int(target.number), programID: target.programID)
  }
}

/// A typed map that holds network devices: ``DevMap`` and ``DevMapHash``.
///
/// A device leaves the map when it is removed from the system or moved to another network namespace. Values have 8
/// bytes, a device and a program; maps with 4-byte values, as before Linux 5.8, can be wrapped too and hold devices
/// alone. Deletion from a ``DevMap`` does not tell whether there was a device, and answers true below its end.
public protocol DeviceMap: DeletingMap where Key == UInt32 {}

extension DeviceMap {
  /// How keys lie in the map: numbers of 32 bits.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// The device that is found by a key.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation.
  ///
  /// - Returns: the device, or nil if there is none.
  /// - Throws: `BPFError`; `BPFError.Code.writeOnly` if the handle may not read.
  public func lookup(_ key: UInt32) throws(BPFError) -> NetworkDevice? {
    try handle.target(of: key).map(NetworkDevice.init)
  }

  /// Puts a network device into the map in place of the one that may be there.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`; with a program also one readlink(2) in /proc.
  ///
  /// - Parameters:
  ///   - key: where to put it.
  ///   - index: the device's interface index in this thread's network namespace, such as if_nametoindex(3) tells.
  ///   - program: an XDP program that was loaded to be attached to such maps (`BPF_XDP_DEVMAP`), to run on each packet
  ///     before the device sends it. The descriptor is borrowed for the call. Linux 5.8.
  ///   - flags: for ``DevMapHash`` `.noExist` only to insert; every index of a ``DevMap`` counts as there.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` if there is no such device or the program does not fit,
  ///   `BPFError.Code.wrongObject` if it is no program, `BPFError.Code.unsupported` for a program in a map with 4-byte
  ///   values, `BPFError.Code.outOfBounds` for an index beyond the end, `BPFError.Code.mapFull`,
  ///   `BPFError.Code.alreadyExists` with `.noExist`, `BPFError.Code.frozen`, `BPFError.Code.readOnly`.
  public func update(
    _ key: UInt32, toInterface index: Int, program: FileDescriptor? = nil, flags: MapFlags = []
  ) throws(BPFError) {
    // The kernel would take device 0 for a deletion.
    guard let number = UInt32(exactly: index), number > 0 else {
      throw handle.failure(.update, .invalidArgument, nil, "there is no network device with index \(index)")
    }
    do throws(BPFError) {
      try handle.setTarget(key, number, program: program, flags)
    } catch {
      guard error.errno == .invalidArgument, error.code == .invalidArgument, flags.isEmpty else {
        throw error
      }
      throw handle.failure(.update, .invalidArgument, error.errno, refusal(index, hasProgram: program != nil))
    }
  }

  private func refusal(_ index: Int, hasProgram: Bool) -> String {
    let device = "there is no network device with index \(index) in this network namespace"
    return hasProgram
      ? "\(device), or the program was not loaded as an XDP program for device maps (BPF_XDP_DEVMAP)" : device
  }

  /// All keys with their devices. See ``MapSweep``.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_ELEM` for each index; for ``DevMapHash`` two for each device.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func entries() throws(BPFError) -> [(key: UInt32, value: NetworkDevice)] {
    try handle.targets().map { (key: $0.key, value: NetworkDevice($0.value)) }
  }
}

extension IndexedMap where Self: DeviceMap {
  /// The device at an index; nil if there is none, and beyond the end. See ``DeviceMap/lookup(_:)``.
  public func lookup(_ index: Int) throws(BPFError) -> NetworkDevice? { try lookup(key(index)) }

  /// Puts a network device at an index. See ``DeviceMap/update(_:toInterface:program:flags:)``.
  public func update(
    _ index: Int, toInterface interface: Int, program: FileDescriptor? = nil, flags: MapFlags = []
  ) throws(BPFError) {
    try update(key(index), toInterface: interface, program: program, flags: flags)
  }
}

/// Network devices by index, from 0 to below ``TypedMap/maxEntries``. Linux 4.14.
///
/// ```swift
/// let ports = try DevMap(name: "ports", maxEntries: 8)
/// try ports.update(0, toInterface: 3)
/// for (port, device) in try ports.entries() { print(port, device.interfaceIndex) }
/// ```
public struct DevMap: DeviceMap, IndexedMap {
  /// The map under it.
  public let handle: MapHandle

  /// Creates a map without devices in it, with 8-byte values. Capability: `CAP_NET_ADMIN` besides `CAP_BPF`.
  /// See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many devices it may hold.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.devMap, name, valueSize: 8, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    let sizes = RedirectTarget.valueSizes
    self.handle = try ObjectTable.prove(handle, .devMap, valueSizes: sizes, as: Self.self, checkingTypes)
  }
}

/// Network devices by any number of 32 bits, such as their interface index. Linux 5.4.
public struct DevMapHash: DeviceMap {
  /// The map under it.
  public let handle: MapHandle

  /// Creates a map without devices in it, with 8-byte values. Capability: `CAP_NET_ADMIN` besides `CAP_BPF`.
  /// See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many devices it may hold.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.devMapHash, name, valueSize: 8, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    let sizes = RedirectTarget.valueSizes
    self.handle = try ObjectTable.prove(handle, .devMapHash, valueSizes: sizes, as: Self.self, checkingTypes)
  }
}
