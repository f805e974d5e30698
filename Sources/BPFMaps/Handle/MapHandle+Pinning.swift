//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

// MARK: - Open

extension MapHandle {
  /// Opens the map pinned at the given path.
  ///
  /// Verifies that the pinned object is a map. For a program or a link, the error names the kind.
  ///
  /// System calls: `BPF_OBJ_GET`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.4; with another access
  /// than read-write 4.15. No capability, only permission on the file.
  ///
  /// - Parameters:
  ///   - path: a file on a BPF file system.
  ///   - access: the access to the elements.
  /// - Throws: `BPFError`; `.notFound` if there is no such file, `.notBPFFileSystem` for a file on another file
  ///   system, `.wrongObject` if the file is not a pinned map, `.permissionDenied`.
  public convenience init(pinnedAt path: FilePath, access: MapAccess = .readWrite) throws(BPFError) {
    let descriptor = try BPFObjectKind.map.open(
      pinnedAt: path, flags: access.flags.rawValue, access: access == .readWrite ? nil : "\(access)")
    try self.init(adopting: descriptor, access: access, .open, path: path)
  }
}

// MARK: - Pin and unpin

extension MapHandle {
  /// Pins the map to a path on a BPF file system. The pin keeps the map alive, and other processes can open it by its
  /// path.
  ///
  /// A map can have any number of pins. Never replaces an existing file at the path.
  ///
  /// System calls: one, `BPF_OBJ_PIN`. Linux 4.4.
  ///
  /// - Parameter path: a new file on a BPF file system, usually under /sys/fs/bpf. Its name must not contain `.`.
  /// - Throws: `BPFError`; `.alreadyExists` if the path exists, `.notFound` if its directory does not exist,
  ///   `.notBPFFileSystem`, `.invalidName`, `.permissionDenied`.
  public func pin(at path: FilePath) throws(BPFError) {
    try BPFObjectKind.map.pin(descriptor.borrowed, at: path, subject)
  }

  /// Pins the map to a path in place of the map that is pinned there, so that a pin of that name exists at all times.
  ///
  /// Opening the path yields the old map or the new one. The new pin takes over the owner, group and permissions of the
  /// old one, and the old map exists until the last reference to it goes. If the path is free, pins the map as
  /// ``pin(at:)`` does.
  ///
  /// Pins the map under a temporary name in the directory, `swift_bpf_pending_map_…`, and renames it. The calling thread blocks
  /// signals meanwhile. A process killed by SIGKILL may leave the temporary name, which the next pinning in the directory
  /// removes.
  ///
  /// System calls: lstat(2) twice, `BPF_OBJ_GET`, readlink(2) in /proc, pthread_sigmask(3) twice, open(2), flock(2)
  /// twice, statfs(2), getdents(2), `BPF_OBJ_PIN`, stat(2), chown(2), chmod(2), renameat2(2). Linux 4.4. Needs permission
  /// to open the old map, and to create files in the directory.
  ///
  /// - Parameter path: a pin of a map, or a new file, on a BPF file system.
  /// - Throws: `BPFError`; `.wrongObject` if a program or link is pinned there, or the path is a directory or symbolic
  ///   link; otherwise as ``pin(at:)``. After an error, the old pin is unchanged.
  public func pin(replacing path: FilePath) throws(BPFError) {
    try BPFObjectKind.map.pin(descriptor.borrowed, id: id.rawValue, replacing: path, subject)
  }

  /// Removes a pin of this map.
  ///
  /// Opens the file first, and removes it only if this map is pinned there. The map itself exists until the last
  /// reference to it goes, such as this handle.
  ///
  /// System calls: lstat(2), `BPF_OBJ_GET`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`, unlink(2). A process that
  /// replaces the file between the check and the removal defeats the check.
  ///
  /// - Parameter path: the pin path. A symbolic link to a pin is rejected.
  /// - Throws: `BPFError`; `.notFound` if there is no such file, `.wrongObject` if another object is pinned there,
  ///   `.notBPFFileSystem`, `.permissionDenied`.
  public func unpin(from path: FilePath) throws(BPFError) {
    try BPFObjectKind.map.unpin(from: path, subject) { () throws(BPFError) in
      let pinned = try MapHandle(pinnedAt: path, access: .readOnly)
      return pinned.id == id ? nil : "\(pinned)"
    }
  }
}

// MARK: - Freeze

extension MapHandle {
  /// Freezes the map permanently: user space can no longer write it through any handle.
  ///
  /// Programs can still write it. To forbid that too, create the map with `.readOnlyProgram`.
  ///
  /// System calls: one, `BPF_MAP_FREEZE`. Linux 5.2.
  ///
  /// - Throws: `BPFError`; `.frozen` if the map is already frozen, `.busy` while it is mapped writable, `.readOnly` if
  ///   the handle may not write.
  public func freeze() throws(BPFError) {
    do throws(Errno) {
      try BPFCommand.mapFreeze(descriptor.borrowed)
    } catch {
      throw failure(.freeze, error)
    }
  }
}
