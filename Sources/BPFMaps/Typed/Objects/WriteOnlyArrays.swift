//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Perf events by index, mostly one for each CPU, that programs write records to or read counters of. Linux 4.3.
///
/// Unless it was created with `.preserveElements`, an event leaves the array when the handle through which it was put
/// in closes. That holds for the descriptor: a duplicate counts as the same, a second opening does not.
public struct PerfEventArray: WriteOnlyArray {
  /// The map under it.
  public let handle: MapHandle

  /// Creates an array without events in it. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many events it may hold; nil for one for each possible CPU, by the CPU's number.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`.
  public init(
    name: String = "", maxEntries: Int? = nil, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    let length = if let maxEntries { maxEntries } else { try PossibleCPUs.current().arrayLength }
    handle = try ObjectTable.create(.perfEventArray, name, length, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.prove(handle, .perfEventArray, as: Self.self, checkingTypes)
  }
}

/// Control groups by index, for programs to ask whether a task or packet belongs to one. Linux 4.8.
///
/// An object is an open directory of a version 2 control group file system.
public struct CgroupArray: WriteOnlyArray {
  /// The map under it.
  public let handle: MapHandle

  /// Creates an array without control groups in it. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many control groups it may hold.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.cgroupArray, name, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.prove(handle, .cgroupArray, as: Self.self, checkingTypes)
  }
}

/// AF_XDP sockets by index, mostly of a device's receive queue, that XDP programs redirect packets to. Linux 4.18.
///
/// A socket leaves the map when it is closed.
public struct XSKMap: WriteOnlyArray {
  /// The map under it.
  public let handle: MapHandle

  /// Creates a map without sockets in it. Capability: `CAP_NET_ADMIN` besides `CAP_BPF`. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many sockets it may hold.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.xskMap, name, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.prove(handle, .xskMap, as: Self.self, checkingTypes)
  }
}
