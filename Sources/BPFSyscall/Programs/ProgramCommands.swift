//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

// MARK: - Loading

extension BPFCommand {
  /// The fields of BPF_PROG_LOAD. Buffers are in the kernel's format.
  package struct ProgramLoad {
    package var type: UInt32
    package var expectedAttachType: UInt32 = 0
    package var name = ""
    package var license = ""
    /// The instructions: `struct bpf_insn`.
    package var instructions: [UInt64] = []
    package var flags: UInt32 = 0
    package var kernelVersion: UInt32 = 0
    package var interfaceIndex: UInt32 = 0
    package var btf: FileDescriptor?
    /// `struct bpf_func_info`, two words each.
    package var functionInfo: [UInt32] = []
    /// `struct bpf_line_info`, four words each.
    package var lineInfo: [UInt32] = []
    package var attachBTFTypeID: UInt32 = 0
    /// The program to attach to, or the BTF of the module that defines the type; nil for vmlinux.
    package var attachTarget: FileDescriptor?
    /// Descriptors that instructions refer to by index (`fd_array`).
    package var descriptors: [CInt] = []
    /// It must stay open until the call has returned.
    package var token: FileDescriptor?
    /// A signature of the instructions, in PKCS #7; empty for none. Linux 6.18.
    package var signature: [UInt8] = []
    /// The keyring that the signature is checked with.
    package var keyring: Int32 = 0
    /// 0 for no log, 1 for the verifier's steps, 2 for more detail, 4 for statistics only.
    package var logLevel: UInt32 = 0

    package init(type: UInt32) { self.type = type }
  }

  /// A verifier log.
  package struct ProgramLog: Sendable {
    package var text = ""
    /// The size of the complete log in bytes, including the final NUL, since Linux 6.4; 0 if the kernel does not report
    /// it.
    package var fullSize = 0

    package init() {}
  }

  /// Loads a program. `BPF_PROG_LOAD`, Linux 3.18.
  ///
  /// - Parameters:
  ///   - logSize: the size of the log buffer in bytes; ignored if `load.logLevel` is 0.
  ///   - log: the verifier log, written on success and on failure.
  package static func programLoad(
    _ load: borrowing ProgramLoad, logSize: Int, log written: inout ProgramLog
  ) throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_program_load()
    argument.prog_type = load.type
    argument.expected_attach_type = load.expectedAttachType
    unsafe withUnsafeMutableBytes(of: &argument.prog_name) { name in
      unsafe name.copyBytes(from: load.name.utf8.prefix(name.count - 1))
    }
    argument.prog_flags = load.flags
    argument.kern_version = load.kernelVersion
    argument.prog_ifindex = load.interfaceIndex
    argument.prog_btf_fd = load.btf.map { UInt32(bitPattern: $0.rawValue) } ?? 0
    argument.attach_btf_id = load.attachBTFTypeID
    argument.attach_prog_fd_or_btf_obj_fd = load.attachTarget.map { UInt32(bitPattern: $0.rawValue) } ?? 0
    if let token = load.token {
      argument.prog_flags |= LINUX_BPF_F_TOKEN_FD.rawValue
      argument.prog_token_fd = token.rawValue
    }
    argument.log_level = load.logLevel
    var log = [UInt8](repeating: 0, count: load.logLevel == 0 ? 0 : max(logSize, 1))
    var (descriptor, errno): (CInt, Errno?) = (-1, nil)
    // Every address is that of a buffer that outlives the call.
    unsafe load.instructions.withUnsafeBytes { instructions in
      unsafe load.functionInfo.withUnsafeBytes { functionInfo in
        unsafe load.lineInfo.withUnsafeBytes { lineInfo in
          unsafe load.descriptors.withUnsafeBytes { descriptors in
            unsafe load.signature.withUnsafeBytes { signature in
              unsafe load.license.withCString { license in
                unsafe log.withUnsafeMutableBytes { log in
                  argument.insns = unsafe UInt64(address: instructions.baseAddress)
                  argument.insn_cnt = UInt32(clamping: instructions.count / 8)
                  argument.license = unsafe UInt64(address: UnsafeRawPointer(license))
                  if unsafe !functionInfo.isEmpty {
                    argument.func_info = unsafe UInt64(address: functionInfo.baseAddress)
                    argument.func_info_cnt = UInt32(clamping: functionInfo.count / 8)
                    argument.func_info_rec_size = 8
                  }
                  if unsafe !lineInfo.isEmpty {
                    argument.line_info = unsafe UInt64(address: lineInfo.baseAddress)
                    argument.line_info_cnt = UInt32(clamping: lineInfo.count / 16)
                    argument.line_info_rec_size = 16
                  }
                  if unsafe !descriptors.isEmpty {
                    argument.fd_array = unsafe UInt64(address: descriptors.baseAddress)
                  }
                  if unsafe !signature.isEmpty {
                    argument.signature = unsafe UInt64(address: signature.baseAddress)
                    argument.signature_size = UInt32(clamping: signature.count)
                    argument.keyring_id = load.keyring
                  }
                  if unsafe !log.isEmpty {
                    argument.log_buf = unsafe UInt64(address: log.baseAddress)
                    argument.log_size = UInt32(clamping: log.count)
                  }
                  do throws(Errno) {
                    descriptor = try bpf(LINUX_BPF_PROG_LOAD, &argument)
                  } catch {
                    errno = error
                  }
                }
              }
            }
          }
        }
      }
    }
    written.text = log.isEmpty ? "" : String(decoding: log.prefix { $0 != 0 }, as: UTF8.self)
    written.fullSize = Int(argument.log_true_size)
    if let errno { throw errno }
    return OwnedDescriptor(rawValue: descriptor)
  }

  /// Makes a program keep a map alive that its code does not use. `BPF_PROG_BIND_MAP`, Linux 5.10.
  package static func programBindMap(_ program: FileDescriptor, _ map: FileDescriptor) throws(Errno) {
    var argument = linux_bpf_program_bind_map()
    argument.prog_fd = UInt32(bitPattern: program.rawValue)
    argument.map_fd = UInt32(bitPattern: map.rawValue)
    _ = try bpf(LINUX_BPF_PROG_BIND_MAP, &argument)
  }
}

// MARK: - Test runs

extension BPFCommand {
  /// The fields of BPF_PROG_TEST_RUN.
  package struct ProgramRun {
    package var data: [UInt8] = []
    package var context: [UInt8] = []
    /// The size of the buffer for the output data, in bytes.
    package var dataCapacity = 0
    /// The size of the buffer for the output context, in bytes.
    package var contextCapacity = 0
    /// Whether the program changes its context in place, as those of type `syscall` do.
    package var leavesContextInPlace = false
    package var repetitions: UInt32 = 0
    package var flags: UInt32 = 0
    package var cpu: UInt32 = 0
    package var batchSize: UInt32 = 0

    package init() {}
  }

  /// The result of a test run.
  package struct ProgramRunAnswer {
    package var returnValue: UInt32
    package var data: [UInt8]
    package var context: [UInt8]
    /// The size of the program's output data, even if the buffer was smaller.
    package var dataSize: Int
    /// The duration of one run in nanoseconds.
    package var duration: UInt32
    /// `ENOSPC` if the data did not fit; the other fields are valid.
    package var errno: Errno?
  }

  /// Makes a test run of a program. `BPF_PROG_TEST_RUN`, Linux 4.12; with a context 5.2, on a CPU 5.10.
  package static func programRun(
    _ program: FileDescriptor, _ run: borrowing ProgramRun
  ) throws(Errno) -> ProgramRunAnswer {
    var argument = linux_bpf_program_run()
    argument.prog_fd = UInt32(bitPattern: program.rawValue)
    argument.repeat = run.repetitions
    argument.flags = run.flags
    argument.cpu = run.cpu
    argument.batch_size = run.batchSize
    var data = [UInt8](repeating: 0, count: run.dataCapacity)
    var context = [UInt8](repeating: 0, count: run.contextCapacity)
    // A copy, since the kernel may update the context in place.
    var given = run.context
    var failure: Errno?
    unsafe run.data.withUnsafeBytes { dataIn in
      unsafe given.withUnsafeMutableBytes { contextIn in
        unsafe data.withUnsafeMutableBytes { dataOut in
          unsafe context.withUnsafeMutableBytes { contextOut in
            unsafe (argument.data_in, argument.data_size_in) = addressAndSize(UnsafeRawBufferPointer(dataIn))
            unsafe (argument.ctx_in, argument.ctx_size_in) = addressAndSize(UnsafeRawBufferPointer(contextIn))
            unsafe (argument.data_out, argument.data_size_out) = addressAndSize(
              UnsafeRawBufferPointer(dataOut))
            unsafe (argument.ctx_out, argument.ctx_size_out) = addressAndSize(
              UnsafeRawBufferPointer(contextOut))
            do throws(Errno) { _ = try bpf(LINUX_BPF_PROG_TEST_RUN, &argument) } catch { failure = error }
          }
        }
      }
    }
    if let failure, failure != .noSpace { throw failure }
    return ProgramRunAnswer(
      returnValue: argument.retval, data: Array(data.prefix(Int(argument.data_size_out))),
      context: run.leavesContextInPlace ? given : Array(context.prefix(Int(argument.ctx_size_out))),
      dataSize: Int(argument.data_size_out),
      duration: argument.duration, errno: failure)
  }

  /// Returns a buffer's address and size. The kernel requires a null address for an empty buffer.
  private static func addressAndSize(_ buffer: UnsafeRawBufferPointer) -> (UInt64, UInt32) {
    unsafe buffer.isEmpty ? (0, 0) : (UInt64(address: buffer.baseAddress), UInt32(clamping: buffer.count))
  }
}

// MARK: - Statistics

extension BPFCommand {
  /// Enables run-time statistics of programs until the descriptor is closed. `BPF_ENABLE_STATS`, Linux 5.8.
  package static func enableRunTimeStatistics() throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_enable_stats()
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_ENABLE_STATS, &argument))
  }
}

// MARK: - Information

extension BPFCommand {
  /// A program's information, from BPF_OBJ_GET_INFO_BY_FD.
  package struct ProgramInformation: Sendable {
    package var type: UInt32
    package var id: UInt32
    package var tag: [UInt8]
    package var name: String
    package var jitedSize: Int
    package var translatedSize: Int
    package var loadTime: UInt64
    package var createdByUID: UInt32
    package var mapIDs: [UInt32]
    package var interfaceIndex: UInt32
    package var isGPLCompatible: Bool
    package var networkNamespaceDevice: UInt64
    package var networkNamespaceInode: UInt64
    package var btfID: UInt32
    package var runTime: UInt64
    package var runCount: UInt64
    package var recursionMisses: UInt64
    package var verifiedInstructions: Int
    package var attachBTFObjectID: UInt32
    package var attachBTFTypeID: UInt32
  }

  /// Returns a program's information. `BPF_OBJ_GET_INFO_BY_FD`, Linux 4.13, and once more for map ids if there are any
  /// and they are requested.
  ///
  /// The descriptor must be that of a program: for another object, the kernel fills in that object's fields.
  package static func programInformation(
    _ program: FileDescriptor, withMapIDs: Bool = true
  ) throws(Errno) -> ProgramInformation {
    var info = linux_bpf_program_info()
    try information(of: program, into: &info)
    let mapIDs = withMapIDs ? try programMapIDs(program, count: info.nr_map_ids) : []
    let name = unsafe withUnsafeBytes(of: &info.name) {
      unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return ProgramInformation(
      type: info.type, id: info.id, tag: unsafe withUnsafeBytes(of: &info.tag) { unsafe Array($0) },
      name: name, jitedSize: Int(info.jited_prog_len), translatedSize: Int(info.xlated_prog_len),
      loadTime: info.load_time, createdByUID: info.created_by_uid, mapIDs: mapIDs,
      interfaceIndex: info.ifindex, isGPLCompatible: info.reserved & 1 != 0,
      networkNamespaceDevice: info.netns_dev, networkNamespaceInode: info.netns_ino, btfID: info.btf_id,
      runTime: info.run_time_ns, runCount: info.run_cnt, recursionMisses: info.recursion_misses,
      verifiedInstructions: Int(info.verified_insns), attachBTFObjectID: info.attach_btf_obj_id,
      attachBTFTypeID: info.attach_btf_id)
  }

  /// Returns the ids of a program's maps. A program's maps never change after loading, but more may be bound. Omits
  /// those that were bound between the two calls and exceed the buffer.
  private static func programMapIDs(_ program: FileDescriptor, count: UInt32) throws(Errno) -> [UInt32] {
    guard count > 0 else { return [] }
    var ids = [UInt32](repeating: 0, count: Int(count))
    var span = ids.mutableSpan
    let written = try unsafe span.withUnsafeMutableBytes { (ids) throws(Errno) in
      var info = linux_bpf_program_info()
      info.nr_map_ids = count
      info.map_ids = unsafe UInt64(address: ids.baseAddress)
      try information(of: program, into: &info)
      return info.nr_map_ids
    }
    return Array(ids.prefix(Int(written)))
  }

  /// Returns a program's instructions after verification, eight bytes each; empty if the caller may not read them.
  package static func programInstructions(_ program: FileDescriptor) throws(Errno) -> [UInt8] {
    var sized = linux_bpf_program_info()
    try information(of: program, into: &sized)
    var bytes = [UInt8](repeating: 0, count: Int(sized.xlated_prog_len))
    var span = bytes.mutableSpan
    let written = try unsafe span.withUnsafeMutableBytes { (bytes) throws(Errno) in
      var info = linux_bpf_program_info()
      info.xlated_prog_len = sized.xlated_prog_len
      info.xlated_prog_insns = unsafe UInt64(address: bytes.baseAddress)
      try information(of: program, into: &info)
      return info.xlated_prog_insns == 0 ? 0 : info.xlated_prog_len
    }
    return Array(bytes.prefix(Int(written)))
  }
}
