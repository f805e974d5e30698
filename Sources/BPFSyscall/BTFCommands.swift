//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

// MARK: - Loading

extension BPFCommand {
  /// `BPF_BTF_LOAD`, Linux 4.18; with a token 6.9.
  package static func btfLoad(
    _ object: [UInt8], token: FileDescriptor? = nil
  ) throws(Errno) -> OwnedDescriptor {
    let descriptor: CInt = try unsafe object.span.bytes.withUnsafeBytes { (object) throws(Errno) in
      var argument = unsafe linux_bpf_btf_load(object, token)
      return try bpf(LINUX_BPF_BTF_LOAD, &argument)
    }
    return OwnedDescriptor(rawValue: descriptor)
  }

  /// What the kernel has to say against an object that it does not take: `BPF_BTF_LOAD` with room for the log, and with
  /// twice as much as long as it is not enough. Empty if nothing comes of it.
  ///
  /// The object is loaded, and closed, in case the kernel takes it after all.
  package static func btfLog(_ object: [UInt8], token: FileDescriptor? = nil) -> String {
    // What kernels before 5.10 take at most, and the next power of two.
    let maximum = 16 << 20
    var size = 64 << 10
    while true {
      var log = [UInt8](repeating: 0, count: min(size, maximum - 1))
      let answer = btfLoad(object, token, into: &log)
      // Kernels before 6.4 refuse types without a word of the log that was cut off where the room ends.
      let isFull = log[log.count - 2] != 0
      // What is there of it is better than nothing.
      guard answer == .noSpace || isFull, size < maximum else {
        return String(decoding: log.prefix { $0 != 0 }, as: UTF8.self)
      }
      size *= 2
    }
  }

  /// `BPF_BTF_LOAD` for its log, which is then ended by a NUL. Nil if the object was taken.
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
  /// What loads an object, whose bytes must outlive it.
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
  /// `BPF_BTF_GET_NEXT_ID`, Linux 5.4. Nil after the last.
  package static func btfNextID(after id: UInt32) throws(Errno) -> UInt32? {
    try nextID(LINUX_BPF_BTF_GET_NEXT_ID, after: id)
  }

  /// `BPF_BTF_GET_FD_BY_ID`, Linux 4.18.
  package static func btfDescriptor(id: UInt32) throws(Errno) -> OwnedDescriptor {
    try descriptor(LINUX_BPF_BTF_GET_FD_BY_ID, id: id)
  }
}

// MARK: - Information

extension BPFCommand {
  /// What BPF_OBJ_GET_INFO_BY_FD tells of a BTF object.
  package struct BTFInformation: Sendable {
    /// The object; empty if it was not asked for.
    package var bytes: [UInt8]
    package var id: UInt32
    /// `vmlinux` or a module's name; empty if it is not the kernel's, and before Linux 5.11.
    package var name: String
    /// Whether it is the kernel's. Before Linux 5.11 the kernel lists none of its own.
    package var isKernel: Bool
  }

  /// `BPF_OBJ_GET_INFO_BY_FD` of a BTF object, twice: for its size, and for its bytes. Linux 4.18.
  package static func btfInformation(_ btf: FileDescriptor) throws(Errno) -> BTFInformation {
    var sized = linux_bpf_btf_info()
    try information(of: btf, into: &sized)
    return try btfInformation(btf, byteCount: Int(sized.btf_size))
  }

  /// `BPF_OBJ_GET_INFO_BY_FD` of a BTF object for all but its bytes. Linux 4.18.
  package static func btfDescription(_ btf: FileDescriptor) throws(Errno) -> BTFInformation {
    try btfInformation(btf, byteCount: 0)
  }

  /// Asks for the name too. Kernels before 5.11 know of none, and refuse a structure with an address where they know of
  /// nothing (`E2BIG`): these are asked again without it.
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
