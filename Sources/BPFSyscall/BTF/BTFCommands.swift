//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

// MARK: - Loading

extension BPFCommand {
  /// Loads a BTF object. `BPF_BTF_LOAD`, Linux 4.18; with a token 6.9.
  package static func btfLoad(
    _ object: [UInt8], token: FileDescriptor? = nil
  ) throws(Errno) -> OwnedDescriptor {
    let descriptor: CInt = try unsafe object.span.bytes.withUnsafeBytes { (object) throws(Errno) in
      var argument = unsafe linux_bpf_btf_load(object, token)
      return try bpf(LINUX_BPF_BTF_LOAD, &argument)
    }
    return OwnedDescriptor(rawValue: descriptor)
  }

  /// Returns the kernel's log for a BTF object that it rejects; empty if there is none. Calls `BPF_BTF_LOAD` with a log
  /// buffer, and doubles the buffer while it is too small.
  ///
  /// If the kernel accepts the object after all, it is closed at once.
  package static func btfLog(_ object: [UInt8], token: FileDescriptor? = nil) -> String {
    // The maximum before Linux 5.10, rounded up to a power of two.
    let maximum = 16 << 20
    var size = 64 << 10
    while true {
      var log = [UInt8](repeating: 0, count: min(size, maximum - 1))
      let answer = btfLoad(object, token, into: &log)
      // Before Linux 6.4 the kernel returns EINVAL, not ENOSPC, for a truncated log. The byte before its final NUL is
      // then in use.
      let isFull = log[log.count - 2] != 0
      // The part of the log that fits is better than none.
      guard answer == .noSpace || isFull, size < maximum else {
        return String(decoding: log.prefix { $0 != 0 }, as: UTF8.self)
      }
      size *= 2
    }
  }

  /// Loads an object to get its log, which ends with a NUL. Returns nil if the kernel accepts the object.
  private static func btfLoad(
    _ object: [UInt8], _ token: FileDescriptor?, into log: inout [UInt8]
  ) -> Errno? {
    var span = log.mutableSpan
    do throws(Errno) {
      let descriptor: CInt = try unsafe object.span.bytes.withUnsafeBytes { (object) throws(Errno) in
        try unsafe span.withUnsafeMutableBytes { (log) throws(Errno) in
          var argument = unsafe linux_bpf_btf_load(object, token)
          argument.btf_log_buf = unsafe UInt64(address: log.baseAddress)
          argument.btf_log_size = UInt32(truncatingIfNeeded: log.count)
          argument.btf_log_level = 1
          return try bpf(LINUX_BPF_BTF_LOAD, &argument)
        }
      }
      _ = OwnedDescriptor(rawValue: descriptor)
      return nil
    } catch {
      return error
    }
  }
}

extension linux_bpf_btf_load {
  /// Creates the argument that loads an object, whose bytes must outlive it.
  fileprivate init(_ object: UnsafeRawBufferPointer, _ token: FileDescriptor?) {
    self.init()
    btf = unsafe UInt64(address: object.baseAddress)
    btf_size = UInt32(clamping: object.count)
    if let token {
      btf_flags = LINUX_BPF_F_TOKEN_FD.rawValue
      btf_token_fd = token.rawValue
    }
  }
}

// MARK: - Ids

extension BPFCommand {
  /// Returns the next BTF id; nil after the last. `BPF_BTF_GET_NEXT_ID`, Linux 5.4.
  package static func btfNextID(after id: UInt32) throws(Errno) -> UInt32? {
    try nextID(LINUX_BPF_BTF_GET_NEXT_ID, after: id)
  }

  /// Opens the BTF object with the given id. `BPF_BTF_GET_FD_BY_ID`, Linux 4.18.
  package static func btfDescriptor(id: UInt32) throws(Errno) -> OwnedDescriptor {
    try descriptor(LINUX_BPF_BTF_GET_FD_BY_ID, id: id)
  }
}

// MARK: - Information

extension BPFCommand {
  /// The result of `BPF_OBJ_GET_INFO_BY_FD` for a BTF object.
  package struct BTFInformation: Sendable {
    /// The object's bytes; empty if they were not requested.
    package var bytes: [UInt8]
    package var id: UInt32
    /// `vmlinux` or a module's name; empty for other objects, and before Linux 5.11.
    package var name: String
    /// Whether the object is the kernel's or a module's. Before Linux 5.11 the kernel does not list its own.
    package var isKernel: Bool
  }

  /// Returns a BTF object's information and bytes. `BPF_OBJ_GET_INFO_BY_FD`, first for the size and then for the bytes.
  /// Linux 4.18.
  package static func btfInformation(_ btf: FileDescriptor) throws(Errno) -> BTFInformation {
    var sized = linux_bpf_btf_info()
    try information(of: btf, into: &sized)
    return try btfInformation(btf, byteCount: Int(sized.btf_size))
  }

  /// Returns a BTF object's information without its bytes. `BPF_OBJ_GET_INFO_BY_FD`, Linux 4.18.
  package static func btfDescription(_ btf: FileDescriptor) throws(Errno) -> BTFInformation {
    try btfInformation(btf, byteCount: 0)
  }

  /// Requests the name too. Kernels before 5.11 have no such field and reject a nonzero one (`E2BIG`); for them the
  /// call is repeated without it.
  private static func btfInformation(
    _ btf: FileDescriptor, byteCount: Int
  ) throws(Errno) -> BTFInformation {
    do throws(Errno) {
      return try btfInformation(btf, byteCount: byteCount, nameSize: 64)
    } catch {
      guard error == .argListTooLong else { throw error }
      return try btfInformation(btf, byteCount: byteCount, nameSize: 0)
    }
  }

  private static func btfInformation(
    _ btf: FileDescriptor, byteCount: Int, nameSize: Int
  ) throws(Errno) -> BTFInformation {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var name = [UInt8](repeating: 0, count: nameSize)
    var byteSpan = bytes.mutableSpan
    var nameSpan = name.mutableSpan
    let info = try unsafe byteSpan.withUnsafeMutableBytes { (bytes) throws(Errno) in
      try unsafe nameSpan.withUnsafeMutableBytes { (name) throws(Errno) in
        var info = linux_bpf_btf_info()
        info.btf = unsafe UInt64(address: bytes.baseAddress)
        info.btf_size = UInt32(truncatingIfNeeded: bytes.count)
        if unsafe !name.isEmpty {
          info.name = unsafe UInt64(address: name.baseAddress)
          info.name_len = UInt32(truncatingIfNeeded: name.count)
        }
        try information(of: btf, into: &info)
        return info
      }
    }
    return BTFInformation(
      bytes: bytes, id: info.id, name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self),
      isKernel: info.kernel_btf != 0)
  }
}
