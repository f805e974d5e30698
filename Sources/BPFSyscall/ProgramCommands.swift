//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

// MARK: - Loading

extension BPFCommand {
  /// What BPF_PROG_LOAD takes. Bytes are as the kernel reads them.
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
    /// The program to attach to, or the module's BTF that has the type; nil for vmlinux.
    package var attachTarget: FileDescriptor?
    /// Descriptors that instructions refer to by their place in the list.
    package var descriptors: [CInt] = []
    package var token: FileDescriptor?
    /// 0 for no log, 1 for what the verifier does, 2 for more, 4 for statistics alone.
    package var logLevel: UInt32 = 0

    package init(type: UInt32) { self.type = type }
  }

  /// What the verifier wrote.
  package struct ProgramLog: Sendable {
    package var text = ""
    /// Bytes that the whole of it takes with the NUL that ends it, since Linux 6.4; 0 if the kernel does not tell.
    package var fullSize = 0

    package init() {}
  }

  /// `BPF_PROG_LOAD`, Linux 3.18.
  ///
  /// - Parameters:
  ///   - logSize: bytes of room for the log; of no use where `load.logLevel` is 0.
  ///   - log: what the verifier wrote, whether the program was taken or not.
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
    // Every address is of what lives until the call has returned.
    unsafe load.instructions.withUnsafeBytes { instructions in
      unsafe load.functionInfo.withUnsafeBytes { functionInfo in
        unsafe load.lineInfo.withUnsafeBytes { lineInfo in
          unsafe load.descriptors.withUnsafeBytes { descriptors in
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
    written.text = log.isEmpty ? "" : String(decoding: log.prefix { $0 != 0 }, as: UTF8.self)
    written.fullSize = Int(argument.log_true_size)
    if let errno { throw errno }
    return OwnedDescriptor(rawValue: descriptor)
  }

  /// `BPF_PROG_BIND_MAP`, Linux 5.10: the program keeps the map alive, though it does not use it.
  package static func programBindMap(_ program: FileDescriptor, _ map: FileDescriptor) throws(Errno) {
    var argument = linux_bpf_program_bind_map()
    argument.prog_fd = UInt32(bitPattern: program.rawValue)
    argument.map_fd = UInt32(bitPattern: map.rawValue)
    _ = try bpf(LINUX_BPF_PROG_BIND_MAP, &argument)
  }
}

// MARK: - Running

extension BPFCommand {
  /// What BPF_PROG_TEST_RUN takes.
  package struct ProgramRun {
    package var data: [UInt8] = []
    package var context: [UInt8] = []
    /// Bytes of room for the data the program leaves.
    package var dataRoom = 0
    /// Bytes of room for the context the program leaves.
    package var contextRoom = 0
    /// Whether the program leaves its context where it was given it, as those of the type `syscall` do.
    package var leavesContextInPlace = false
    package var repetitions: UInt32 = 0
    package var flags: UInt32 = 0
    package var cpu: UInt32 = 0
    package var batchSize: UInt32 = 0

    package init() {}
  }

  /// What a run of a program left.
  package struct ProgramRunAnswer {
    package var returnValue: UInt32
    package var data: [UInt8]
    package var context: [UInt8]
    /// Bytes the program's data has, also where there was less room.
    package var dataSize: Int
    /// Nanoseconds of one run.
    package var duration: UInt32
    /// `ENOSPC` if there was not room for all data: the rest of the answer holds.
    package var errno: Errno?
  }

  /// `BPF_PROG_TEST_RUN`, Linux 4.12; with a context 5.2, on a CPU 5.10.
  package static func programRun(
    _ program: FileDescriptor, _ run: borrowing ProgramRun
  ) throws(Errno) -> ProgramRunAnswer {
    var argument = linux_bpf_program_run()
    argument.prog_fd = UInt32(bitPattern: program.rawValue)
    argument.repeat = run.repetitions
    argument.flags = run.flags
    argument.cpu = run.cpu
    argument.batch_size = run.batchSize
    var data = [UInt8](repeating: 0, count: run.dataRoom)
    var context = [UInt8](repeating: 0, count: run.contextRoom)
    // A copy: the kernel writes into it if that is where the context is left.
    var given = run.context
    var failure: Errno?
    unsafe run.data.withUnsafeBytes { dataIn in
      unsafe given.withUnsafeMutableBytes { contextIn in
        unsafe data.withUnsafeMutableBytes { dataOut in
          unsafe context.withUnsafeMutableBytes { contextOut in
            unsafe (argument.data_in, argument.data_size_in) = place(UnsafeRawBufferPointer(dataIn))
            unsafe (argument.ctx_in, argument.ctx_size_in) = place(UnsafeRawBufferPointer(contextIn))
            unsafe (argument.data_out, argument.data_size_out) = place(UnsafeRawBufferPointer(dataOut))
            unsafe (argument.ctx_out, argument.ctx_size_out) = place(UnsafeRawBufferPointer(contextOut))
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

  /// Address and size of a buffer; of an empty one none, which is not the same to the kernel.
  private static func place(_ buffer: UnsafeRawBufferPointer) -> (UInt64, UInt32) {
    unsafe buffer.isEmpty ? (0, 0) : (UInt64(address: buffer.baseAddress), UInt32(clamping: buffer.count))
  }
}

// MARK: - Statistics

extension BPFCommand {
  /// `BPF_ENABLE_STATS`, Linux 5.8: programs' run times are counted until the descriptor is closed.
  package static func enableRunTimeStatistics() throws(Errno) -> OwnedDescriptor {
    var argument = linux_bpf_enable_stats()
    return OwnedDescriptor(rawValue: try bpf(LINUX_BPF_ENABLE_STATS, &argument))
  }
}

// MARK: - Information

extension BPFCommand {
  /// What BPF_OBJ_GET_INFO_BY_FD tells of a program.
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

  /// `BPF_OBJ_GET_INFO_BY_FD` of a program, Linux 4.13; once, and where it uses maps once more for their ids, unless
  /// nobody wants these.
  ///
  /// The kernel fills in what the descriptor's object is, whatever it is: be sure that it is a program.
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

  /// A program's maps never change once it is loaded, except that some may be bound to it: those of the second call
  /// that found no room are left out.
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

  /// The instructions of a program as the verifier left them, eight bytes each; empty if the caller may not see them.
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
