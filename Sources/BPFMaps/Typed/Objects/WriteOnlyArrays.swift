//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Perf events by index, usually one for each CPU, to which programs write records, or whose counters they read. Linux
/// 4.3.
///
/// Unless the array was created with `.preserveElements`, the kernel removes an event when the map descriptor through
/// which it was added closes. Duplicates of the descriptor count as the same descriptor; opening the map again gives
/// another one.
public struct PerfEventArray: WriteOnlyArray {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// Creates an empty array. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of events; nil for one for each possible CPU, indexed by CPU number.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`.
  public init(
    name: String = "", maxEntries: Int? = nil, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    let length = if let maxEntries { maxEntries } else { try PossibleCPUs.current().arrayLength }
    handle = try ObjectTable.create(.perfEventArray, name, length, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.verify(handle, .perfEventArray, as: Self.self, checkingTypes)
  }
}

/// Control groups by index, with which programs test whether a task or packet belongs to one. Linux 4.8.
///
/// The objects are open directories of a version 2 control group file system.
public struct CgroupArray: WriteOnlyArray {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// Creates an empty array. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of control groups.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.cgroupArray, name, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.verify(handle, .cgroupArray, as: Self.self, checkingTypes)
  }
}

/// AF_XDP sockets by index, usually of a device's receive queues, as targets of XDP redirection. Linux 4.18.
///
/// A socket leaves the map when it is closed.
public struct XSKMap: WriteOnlyArray {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// Creates an empty map. Capabilities: `CAP_BPF` and `CAP_NET_ADMIN`. See
  /// ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of sockets.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    handle = try ObjectTable.create(.xskMap, name, maxEntries, options)
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.handle = try ObjectTable.verify(handle, .xskMap, as: Self.self, checkingTypes)
  }
}
