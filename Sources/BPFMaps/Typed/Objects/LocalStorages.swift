//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A value with each socket, by any descriptor of the socket. Linux 5.2.
///
/// With `.clone` among its flags, a socket that is accepted gets a copy of the listening socket's value.
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
  /// The map under it.
  public let handle: MapHandle

  /// How values lie in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a storage, empty. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// System calls: those of creating a map, and without BTF in the options `BPF_BTF_LOAD`.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - options: flags, and BTF of the caller's own; `.noPrealloc` is added.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the type cannot be a map's.
  public init(name: String = "", options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try StorageTable(creating: .skStorage, name, options))
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try StorageTable(handle, .skStorage, as: Self.self, checkingTypes))
  }

  private init(_ table: StorageTable<Value>) { (handle, valueLayout) = (table.handle, table.valueLayout) }
}

/// A value with each inode, by any descriptor of a file, directory or the like. Linux 5.10.
///
/// Creating one takes a kernel with the BPF security module (`CONFIG_BPF_LSM`). A value goes when the kernel drops the
/// inode from its memory, which for a file on a disk may be long before the file is removed.
public struct InodeStorage<Value: BitwiseCopyable>: LocalStorage {
  /// The map under it.
  public let handle: MapHandle

  /// How values lie in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a storage, empty. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// System calls: those of creating a map, and without BTF in the options `BPF_BTF_LOAD`.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - options: flags, and BTF of the caller's own; `.noPrealloc` is added.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the type cannot be a map's.
  public init(name: String = "", options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try StorageTable(creating: .inodeStorage, name, options))
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try StorageTable(handle, .inodeStorage, as: Self.self, checkingTypes))
  }

  private init(_ table: StorageTable<Value>) { (handle, valueLayout) = (table.handle, table.valueLayout) }
}

/// A value with each task, by a pidfd, such as pidfd_open(2) returns. Linux 5.11.
///
/// A pidfd of a process finds the value of its first thread.
public struct TaskStorage<Value: BitwiseCopyable>: LocalStorage {
  /// The map under it.
  public let handle: MapHandle

  /// How values lie in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a storage, empty. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// System calls: those of creating a map, and without BTF in the options `BPF_BTF_LOAD`.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - options: flags, and BTF of the caller's own; `.noPrealloc` is added.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the type cannot be a map's.
  public init(name: String = "", options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try StorageTable(creating: .taskStorage, name, options))
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try StorageTable(handle, .taskStorage, as: Self.self, checkingTypes))
  }

  private init(_ table: StorageTable<Value>) { (handle, valueLayout) = (table.handle, table.valueLayout) }
}

/// A value with each control group, by an open directory of a version 2 control group file system. Linux 6.2.
///
/// This is the map type `cgrp_storage`, whose values belong to control groups, and not the older `cgroup_storage`, whose
/// values belong to attachments of programs.
public struct CgroupStorage<Value: BitwiseCopyable>: LocalStorage {
  /// The map under it.
  public let handle: MapHandle

  /// How values lie in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a storage, empty. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// System calls: those of creating a map, and without BTF in the options `BPF_BTF_LOAD`.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - options: flags, and BTF of the caller's own; `.noPrealloc` is added.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the type cannot be a map's.
  public init(name: String = "", options: MapOptions = MapOptions()) throws(BPFError) {
    self.init(try StorageTable(creating: .cgrpStorage, name, options))
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    self.init(try StorageTable(handle, .cgrpStorage, as: Self.self, checkingTypes))
  }

  private init(_ table: StorageTable<Value>) { (handle, valueLayout) = (table.handle, table.valueLayout) }
}
