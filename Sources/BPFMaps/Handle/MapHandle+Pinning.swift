//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

// MARK: - Open

extension MapHandle {
  /// Opens the map pinned at a path.
  ///
  /// What is pinned there is proved to be a map; a program or link is refused by name.
  ///
  /// System calls: `BPF_OBJ_GET`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.4; with another access
  /// than read-write 4.15. No capability, only permission on the file.
  ///
  /// - Parameters:
  ///   - path: a file on a BPF file system.
  ///   - access: what the handle may do with the elements.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file,
  ///   `BPFError.Code.notBPFFileSystem` for a file elsewhere, `BPFError.Code.wrongObject` for anything but a
  ///   pinned map, `BPFError.Code.permissionDenied`.
  public convenience init(pinnedAt path: FilePath, access: MapAccess = .readWrite) throws(BPFError) {
    let descriptor = try BPFObjectKind.map.open(
      pinnedAt: path, flags: access.flags.rawValue, access: access == .readWrite ? nil : "\(access)")
    try self.init(adopting: descriptor, access: access, .open, path: path)
  }
}

// MARK: - Pin and unpin

extension MapHandle {
  /// Pins the map: gives it a file on a BPF file system, which keeps it alive and by which others can open it.
  ///
  /// A map may have any number of pins. Nothing that is at the path is ever replaced.
  ///
  /// System calls: one, `BPF_OBJ_PIN`. Linux 4.4.
  ///
  /// - Parameter path: a new file in a directory of a BPF file system, usually /sys/fs/bpf. Its name may not
  ///   contain `.`.
  /// - Throws: `BPFError`. `BPFError.Code.alreadyExists` if the path is taken, `BPFError.Code.notFound` if
  ///   its directory is missing, `BPFError.Code.notBPFFileSystem`, `BPFError.Code.invalidName`,
  ///   `BPFError.Code.permissionDenied`.
  public func pin(at path: FilePath) throws(BPFError) {
    try BPFObjectKind.map.pin(descriptor.borrowed, at: path, subject)
  }

  /// Removes a pin of this map.
  ///
  /// The file is removed only if what is pinned there is this very map, found out by opening it. The map itself
  /// lives on while anything else holds it, such as this handle.
  ///
  /// System calls: lstat(2), `BPF_OBJ_GET`, readlink(2) in /proc, `BPF_OBJ_GET_INFO_BY_FD`, unlink(2). Somebody
  /// who replaces the file between the look and the removal can still fool it.
  ///
  /// - Parameter path: where the map is pinned. A symbolic link to a pin is refused.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, `BPFError.Code.wrongObject` if
  ///   something else is pinned there, `BPFError.Code.notBPFFileSystem`, `BPFError.Code.permissionDenied`.
  public func unpin(from path: FilePath) throws(BPFError) {
    try BPFObjectKind.map.unpin(from: path, subject) { () throws(BPFError) in
      let pinned = try MapHandle(pinnedAt: path, access: .readOnly)
      return pinned.id == id ? nil : "\(pinned)"
    }
  }
}

// MARK: - Freeze

extension MapHandle {
  /// Freezes the map: user space may no longer write it, through any handle, as long as it lives.
  ///
  /// Programs still may; to forbid it to them too, create the map with `.readOnlyProgram`.
  ///
  /// System calls: one, `BPF_MAP_FREEZE`. Linux 5.2.
  ///
  /// - Throws: `BPFError`. `BPFError.Code.frozen` if it is frozen already, `BPFError.Code.busy` while it is
  ///   mapped writable, `BPFError.Code.readOnly` if the handle may not write.
  public func freeze() throws(BPFError) {
    do throws(Errno) {
      try BPFCommand.mapFreeze(descriptor.borrowed)
    } catch {
      throw failure(.freeze, error)
    }
  }
}
