//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

// MARK: - Paths

extension BPFCommand {
  /// Pins an object at a path. `BPF_OBJ_PIN`, Linux 4.4.
  package static func objectPin(_ object: FileDescriptor, at path: FilePath) throws(Errno) {
    try path.withKernelAddress { (address) throws(Errno) in
      var argument = linux_bpf_object_path()
      argument.pathname = address
      argument.bpf_fd = UInt32(bitPattern: object.rawValue)
      _ = try bpf(LINUX_BPF_OBJ_PIN, &argument)
    }
  }

  /// Opens a pinned object. `BPF_OBJ_GET`, Linux 4.4; with flags 4.15.
  ///
  /// The object may be of any kind: see ``DescriptorKind``.
  package static func objectGet(_ path: FilePath, flags: UInt32) throws(Errno) -> OwnedDescriptor {
    let descriptor: CInt = try path.withKernelAddress { (address) throws(Errno) in
      var argument = linux_bpf_object_path()
      argument.pathname = address
      argument.file_flags = flags
      return try bpf(LINUX_BPF_OBJ_GET, &argument)
    }
    return OwnedDescriptor(rawValue: descriptor)
  }
}

extension FilePath {
  /// Calls a closure with the address of the path, terminated by a NUL.
  func withKernelAddress<R>(_ body: (UInt64) throws(Errno) -> R) throws(Errno) -> R {
    let answer: Result<R, Errno> = unsafe withPlatformString { path in
      Result { () throws(Errno) in try body(unsafe UInt64(address: path)) }
    }
    return try answer.get()
  }
}

// MARK: - Information

extension BPFCommand {
  /// A map's information, from BPF_OBJ_GET_INFO_BY_FD.
  package struct MapInformation: Sendable {
    package var type: UInt32
    package var id: UInt32
    package var name: String
    package var keySize: UInt32
    package var valueSize: UInt32
    package var maxEntries: UInt32
    package var flags: UInt32
    package var extra: UInt64
    package var interfaceIndex: UInt32
    package var networkNamespaceDevice: UInt64
    package var networkNamespaceInode: UInt64
    package var btfID: UInt32
    package var btfKeyTypeID: UInt32
    package var btfValueTypeID: UInt32
    package var btfVmlinuxValueTypeID: UInt32
    package var btfVmlinuxID: UInt32
  }

  /// Returns a map's information. `BPF_OBJ_GET_INFO_BY_FD`, Linux 4.13.
  ///
  /// The descriptor must be that of a map: for another object, the kernel fills in that object's fields.
  package static func mapInformation(_ map: FileDescriptor) throws(Errno) -> MapInformation {
    var info = linux_bpf_map_info()
    try information(of: map, into: &info)
    let name = unsafe withUnsafeBytes(of: &info.name) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return MapInformation(
      type: info.type, id: info.id, name: name, keySize: info.key_size, valueSize: info.value_size,
      maxEntries: info.max_entries, flags: info.map_flags, extra: info.map_extra,
      interfaceIndex: info.ifindex,
      networkNamespaceDevice: info.netns_dev, networkNamespaceInode: info.netns_ino, btfID: info.btf_id,
      btfKeyTypeID: info.btf_key_type_id, btfValueTypeID: info.btf_value_type_id,
      btfVmlinuxValueTypeID: info.btf_vmlinux_value_type_id, btfVmlinuxID: info.btf_vmlinux_id)
  }

  /// Returns the SHA-256 of a map's contents. `BPF_OBJ_GET_INFO_BY_FD` with a hash buffer, Linux 6.18.
  package static func mapHash(_ map: FileDescriptor) throws(Errno) -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: 32)
    var span = hash.mutableSpan
    try unsafe span.withUnsafeMutableBytes { (hash) throws(Errno) in
      var info = linux_bpf_map_info()
      info.hash = unsafe UInt64(address: hash.baseAddress)
      info.hash_size = UInt32(truncatingIfNeeded: hash.count)
      try information(of: map, into: &info)
    }
    return hash
  }

  static func information<Info: BitwiseCopyable>(
    of object: FileDescriptor, into info: inout Info
  ) throws(Errno) {
    try unsafe withUnsafeMutableBytes(of: &info) { (info) throws(Errno) in
      var argument = linux_bpf_object_info()
      argument.bpf_fd = UInt32(bitPattern: object.rawValue)
      argument.info_len = UInt32(truncatingIfNeeded: info.count)
      argument.info = unsafe UInt64(address: info.baseAddress)
      _ = try bpf(LINUX_BPF_OBJ_GET_INFO_BY_FD, &argument)
    }
  }
}
