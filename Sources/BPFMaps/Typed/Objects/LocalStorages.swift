//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A value for each socket, accessed by a descriptor of the socket. Linux 5.2.
///
/// With the flag `.clone`, an accepted socket gets a copy of the listening socket's value.
///
/// ```swift
/// let peers = try SocketStorage<UInt64>(name: "peers")
///
/// func mark(_ socket: FileDescriptor) throws {
///   try peers.update(socket, to: 4711)
///   print(try peers.lookup(socket) ?? 0)
/// }
/// ```
public struct SocketStorage<Value: BitwiseCopyable>: LocalStorage {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// System calls: those of creating a map, and `BPF_BTF_LOAD` unless the options have BTF.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - options: other options of the new map, such as your own BTF; `.noPrealloc` is added to the flags.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's value.
  public init(name: String = "", options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try StorageTable(creating: .skStorage, name, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try StorageTable(handle, .skStorage, as: Self.self, checkingTypes))
  }

  private init(_ table: StorageTable<Value>) { (handle, valueLayout) = (table.handle, table.valueLayout) }
}

/// A value for each inode, accessed by a descriptor of a file, directory or similar. Linux 5.10.
///
/// Requires a kernel with the BPF security module (`CONFIG_BPF_LSM`). The kernel frees the value when it evicts the
/// inode from memory, which may be long before a file on a disk is removed.
public struct InodeStorage<Value: BitwiseCopyable>: LocalStorage {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// System calls: those of creating a map, and `BPF_BTF_LOAD` unless the options have BTF.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - options: other options of the new map, such as your own BTF; `.noPrealloc` is added to the flags.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's value.
  public init(name: String = "", options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try StorageTable(creating: .inodeStorage, name, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try StorageTable(handle, .inodeStorage, as: Self.self, checkingTypes))
  }

  private init(_ table: StorageTable<Value>) { (handle, valueLayout) = (table.handle, table.valueLayout) }
}

/// A value for each task, accessed by a pidfd, which pidfd_open(2) returns. Linux 5.11.
///
/// The pidfd of a process accesses the value of its first thread.
public struct TaskStorage<Value: BitwiseCopyable>: LocalStorage {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// System calls: those of creating a map, and `BPF_BTF_LOAD` unless the options have BTF.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - options: other options of the new map, such as your own BTF; `.noPrealloc` is added to the flags.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's value.
  public init(name: String = "", options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try StorageTable(creating: .taskStorage, name, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try StorageTable(handle, .taskStorage, as: Self.self, checkingTypes))
  }

  private init(_ table: StorageTable<Value>) { (handle, valueLayout) = (table.handle, table.valueLayout) }
}

/// A value for each control group, accessed by an open directory of a version 2 control group file system. Linux 6.2.
///
/// This is the map type `cgrp_storage`, which stores a value with each control group. The older `cgroup_storage`
/// stores a value with each attachment of a program.
public struct CgroupStorage<Value: BitwiseCopyable>: LocalStorage {
  /// The underlying map.
  public let handle: MapHandle

  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }

  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// System calls: those of creating a map, and `BPF_BTF_LOAD` unless the options have BTF.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - options: other options of the new map, such as your own BTF; `.noPrealloc` is added to the flags.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's value.
  public init(name: String = "", options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try StorageTable(creating: .cgrpStorage, name, options))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try StorageTable(handle, .cgrpStorage, as: Self.self, checkingTypes))
  }

  private init(_ table: StorageTable<Value>) { (handle, valueLayout) = (table.handle, table.valueLayout) }
}
