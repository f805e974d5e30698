//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

// Local storage by what identifies an object elsewhere, instead of a descriptor: the library opens one for the call.

// MARK: - Processes

extension TaskStorage {
  /// Looks up the value of a process, of its main thread.
  ///
  /// System calls: pidfd_open(2), `BPF_MAP_LOOKUP_ELEM`, close(2). Linux 5.11.
  ///
  /// - Parameters:
  ///   - process: the process ID.
  ///   - flags: `.lock` to hold the spin lock in the value during the copy.
  /// - Returns: the value, or nil if the process has none.
  /// - Throws: `BPFError`; `.notFound` if there is no such process.
  public func lookup(process: Int32, flags: MapFlags = []) throws(BPFError) -> Value? {
    let owner = try StorageOwner(process: process, .lookup, handle)
    return try lookup(owner.descriptor.borrowed, flags: flags)
  }

  /// Sets the value of a process, of its main thread.
  ///
  /// System calls: pidfd_open(2), `BPF_MAP_UPDATE_ELEM`, close(2). Linux 5.11.
  ///
  /// - Parameters:
  ///   - process: the process ID.
  ///   - value: the new value.
  ///   - flags: as of ``LocalStorage/update(_:to:flags:)``.
  /// - Throws: `BPFError`; `.notFound` if there is no such process; otherwise as ``LocalStorage/update(_:to:flags:)``.
  public func update(process: Int32, to value: Value, flags: MapFlags = []) throws(BPFError) {
    let owner = try StorageOwner(process: process, .update, handle)
    try update(owner.descriptor.borrowed, to: value, flags: flags)
  }

  /// Deletes the value of a process, of its main thread.
  ///
  /// System calls: pidfd_open(2), `BPF_MAP_DELETE_ELEM`, close(2). Linux 5.11.
  ///
  /// - Parameter process: the process ID.
  /// - Returns: false if the process had no value.
  /// - Throws: `BPFError`; `.notFound` if there is no such process; `.frozen`.
  @discardableResult
  public func delete(process: Int32) throws(BPFError) -> Bool {
    let owner = try StorageOwner(process: process, .delete, handle)
    return try delete(owner.descriptor.borrowed)
  }
}

// MARK: - Control groups

extension CgroupStorage {
  /// Looks up the value of the control group at a path, such as /sys/fs/cgroup/system.slice.
  ///
  /// System calls: open(2), `BPF_MAP_LOOKUP_ELEM`, close(2).
  ///
  /// - Parameters:
  ///   - path: the group's directory.
  ///   - flags: `.lock` to hold the spin lock in the value during the copy.
  /// - Returns: the value, or nil if the group has none.
  /// - Throws: `BPFError`; `.notFound` if the path does not exist; `.wrongObject` if it is not a control group of
  ///   version 2.
  public func lookup(cgroup path: FilePath, flags: MapFlags = []) throws(BPFError) -> Value? {
    let owner = try StorageOwner(cgroup: path, .lookup, handle)
    return try lookup(owner.descriptor.borrowed, flags: flags)
  }

  /// Sets the value of the control group at a path.
  ///
  /// System calls: open(2), `BPF_MAP_UPDATE_ELEM`, close(2).
  ///
  /// - Parameters:
  ///   - path: the group's directory.
  ///   - value: the new value.
  ///   - flags: as of ``LocalStorage/update(_:to:flags:)``.
  /// - Throws: `BPFError`; `.notFound` if the path does not exist; otherwise as ``LocalStorage/update(_:to:flags:)``.
  public func update(cgroup path: FilePath, to value: Value, flags: MapFlags = []) throws(BPFError) {
    let owner = try StorageOwner(cgroup: path, .update, handle)
    try update(owner.descriptor.borrowed, to: value, flags: flags)
  }

  /// Deletes the value of the control group at a path.
  ///
  /// System calls: open(2), `BPF_MAP_DELETE_ELEM`, close(2).
  ///
  /// - Parameter path: the group's directory.
  /// - Returns: false if the group had no value.
  /// - Throws: `BPFError`; `.notFound` if the path does not exist; `.frozen`.
  @discardableResult
  public func delete(cgroup path: FilePath) throws(BPFError) -> Bool {
    let owner = try StorageOwner(cgroup: path, .delete, handle)
    return try delete(owner.descriptor.borrowed)
  }
}

extension CgroupArray {
  /// Sets the control group at an index to the one at a path, such as /sys/fs/cgroup/system.slice.
  ///
  /// System calls: open(2), `BPF_MAP_UPDATE_ELEM`, close(2).
  ///
  /// - Parameters:
  ///   - index: the index, from 0 to below `maxEntries`.
  ///   - path: the group's directory.
  /// - Throws: `BPFError`; `.notFound` if the path does not exist; `.wrongObject` if it is not a control group of
  ///   version 2; `.outOfBounds` for an index beyond the end.
  public func update(_ index: Int, toCgroup path: FilePath) throws(BPFError) {
    let owner = try StorageOwner(cgroup: path, .update, handle)
    try update(index, to: owner.descriptor.borrowed)
  }
}

// MARK: - Files

extension InodeStorage {
  /// Looks up the value of the file at a path. Follows symbolic links.
  ///
  /// System calls: open(2) with `O_PATH`, which needs no permission on the file, `BPF_MAP_LOOKUP_ELEM`, close(2).
  ///
  /// - Parameters:
  ///   - path: a file of any kind, or a directory.
  ///   - flags: `.lock` to hold the spin lock in the value during the copy.
  /// - Returns: the value, or nil if the file has none.
  /// - Throws: `BPFError`; `.notFound` if the path does not exist.
  public func lookup(file path: FilePath, flags: MapFlags = []) throws(BPFError) -> Value? {
    let owner = try StorageOwner(file: path, .lookup, handle)
    return try lookup(owner.descriptor.borrowed, flags: flags)
  }

  /// Sets the value of the file at a path. Follows symbolic links.
  ///
  /// System calls: open(2) with `O_PATH`, `BPF_MAP_UPDATE_ELEM`, close(2).
  ///
  /// - Parameters:
  ///   - path: a file of any kind, or a directory.
  ///   - value: the new value.
  ///   - flags: as of ``LocalStorage/update(_:to:flags:)``.
  /// - Throws: `BPFError`; `.notFound` if the path does not exist; otherwise as ``LocalStorage/update(_:to:flags:)``.
  public func update(file path: FilePath, to value: Value, flags: MapFlags = []) throws(BPFError) {
    let owner = try StorageOwner(file: path, .update, handle)
    try update(owner.descriptor.borrowed, to: value, flags: flags)
  }

  /// Deletes the value of the file at a path. Follows symbolic links.
  ///
  /// System calls: open(2) with `O_PATH`, `BPF_MAP_DELETE_ELEM`, close(2).
  ///
  /// - Parameter path: a file of any kind, or a directory.
  /// - Returns: false if the file had no value.
  /// - Throws: `BPFError`; `.notFound` if the path does not exist; `.frozen`.
  @discardableResult
  public func delete(file path: FilePath) throws(BPFError) -> Bool {
    let owner = try StorageOwner(file: path, .delete, handle)
    return try delete(owner.descriptor.borrowed)
  }
}

// MARK: - Opening

/// An object that is opened for one call.
private struct StorageOwner: ~Copyable {
  let descriptor: OwnedDescriptor

  init(process: Int32, _ operation: BPFError.Operation, _ map: MapHandle) throws(BPFError) {
    do throws(Errno) {
      descriptor = try OwnedDescriptor.process(process)
    } catch {
      throw switch error {
      // For a thread that does not lead its process: EINVAL, and ENOENT on newer kernels.
      case .noSuchProcess, .invalidArgument, .noSuchFileOrDirectory:
        map.failure(operation, .notFound, error, "there is no process \(process)")
      case .noFunction:
        map.failure(
          operation, .unsupported, error,
          "this kernel has no descriptors of processes: \(KernelRelease.requirement("5.3"))")
      default: map.failure(operation, error.unansweredCode, error, "process \(process) cannot be opened")
      }
    }
  }

  init(cgroup path: FilePath, _ operation: BPFError.Operation, _ map: MapHandle) throws(BPFError) {
    do throws(Errno) {
      descriptor = try OwnedDescriptor.reading(path)
    } catch {
      throw StorageOwner.failure(error, operation, map, path)
    }
  }

  init(file path: FilePath, _ operation: BPFError.Operation, _ map: MapHandle) throws(BPFError) {
    do throws(Errno) {
      descriptor = try OwnedDescriptor.naming(path)
    } catch {
      throw StorageOwner.failure(error, operation, map, path)
    }
  }

  private static func failure(
    _ errno: Errno, _ operation: BPFError.Operation, _ map: MapHandle, _ path: FilePath
  ) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .noSuchFileOrDirectory, .notDirectory: (.notFound, "the path does not exist")
      case .permissionDenied: (.permissionDenied, "this process may not open it")
      default: (errno.unansweredCode, "it cannot be opened")
      }
    var error = map.failure(operation, code, errno, text)
    error.path = path
    return error
  }
}
