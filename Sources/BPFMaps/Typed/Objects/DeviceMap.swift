//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A network device in a map, as a target of XDP redirection.
public struct NetworkDevice: Hashable, Sendable {
  /// The device's interface index, in the network namespace of the process that added it.
  public var interfaceIndex: Int

  /// The XDP program that runs on each packet before the device sends it; nil for none. Linux 5.8.
  public var programID: ProgramID?

  /// Creates a device, with the program that runs on its packets.
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
/// The kernel removes a device from the map when the device is removed from the system, or moved to another network
/// namespace. Values have 8 bytes, a device and a program. Maps with 4-byte values, as before Linux 5.8, can be
/// wrapped too, but take no programs. Deletion from a ``DevMap`` cannot tell whether there was a device, and returns
/// true for every index below its end.
public protocol DeviceMap: DeletingMap where Key == UInt32 {}

extension DeviceMap {
  /// The layout of keys in the map: 32-bit numbers.
  public var keyLayout: ElementLayout<UInt32> { .index }

  /// Looks up the device of a key.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation.
  ///
  /// - Returns: the device, or nil if there is none.
  /// - Throws: `BPFError`; `.writeOnly` if the handle may not read.
  public func lookup(_ key: UInt32) throws(BPFError) -> NetworkDevice? {
    try handle.target(of: key).map(NetworkDevice.init)
  }

  /// Sets the network device of a key.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`; with a program also one readlink(2) in /proc.
  ///
  /// - Parameters:
  ///   - key: the key.
  ///   - index: the device's interface index in this thread's network namespace, as if_nametoindex(3) returns it.
  ///   - program: an XDP program loaded for device maps (`BPF_XDP_DEVMAP`), to run on each packet before the device
  ///     sends it. The descriptor is borrowed for the call. Linux 5.8.
  ///   - flags: for ``DevMapHash``, `.noExist` to insert only. In a ``DevMap`` every index counts as existing.
  /// - Throws: `BPFError`; `.invalidArgument` if there is no such device or the program was not loaded for device
  ///   maps, `.wrongObject` if the descriptor is not a program, `.unsupported` for a program in a map with 4-byte
  ///   values, `.outOfBounds` for an index beyond the end, `.mapFull`, `.alreadyExists` with `.noExist`, `.frozen`,
  ///   `.readOnly`.
  public func update(
    _ key: UInt32, toInterface index: Int, program: FileDescriptor? = nil, flags: MapFlags = []
  ) throws(BPFError) {
    // The kernel treats device index 0 as a deletion.
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

  /// Returns all keys with their devices. See ``MapSweep``.
  ///
  /// System calls: one `BPF_MAP_LOOKUP_ELEM` for each index; for ``DevMapHash`` two for each device.
  ///
  /// - Throws: `BPFError`, as ``MapSweep/next()``.
  public func entries() throws(BPFError) -> [(key: UInt32, value: NetworkDevice)] {
    try handle.targets().map { (key: $0.key, value: NetworkDevice($0.value)) }
  }
}

extension IndexedMap where Self: DeviceMap {
  /// Looks up the device at an index. Returns nil if there is none, or beyond the end. See ``DeviceMap/lookup(_:)``.
  public func lookup(_ index: Int) throws(BPFError) -> NetworkDevice? { try lookup(key(index)) }

  /// Sets the network device at an index. See ``DeviceMap/update(_:toInterface:program:flags:)``.
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
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// Creates an empty map, with 8-byte values. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`.
  /// See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of devices.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.devMap, name, valueSize: 8, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    let sizes = RedirectTarget.valueSizes
    self.handle = try ObjectTable.verify(handle, .devMap, valueSizes: sizes, as: Self.self, checkingTypes)
  }
}

/// Network devices by any 32-bit number, such as their interface index. Linux 5.4.
public struct DevMapHash: DeviceMap {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// Creates an empty map, with 8-byte values. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`.
  /// See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of devices.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.devMapHash, name, valueSize: 8, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    let sizes = RedirectTarget.valueSizes
    self.handle = try ObjectTable.verify(handle, .devMapHash, valueSizes: sizes, as: Self.self, checkingTypes)
  }
}
