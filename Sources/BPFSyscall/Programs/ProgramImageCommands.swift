//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
package import SystemPackage

extension BPFCommand {
  /// The code of a program, from BPF_OBJ_GET_INFO_BY_FD. A part that the kernel lacks or hides is empty.
  package struct ProgramImage: Sendable {
    /// The instructions after verification, eight bytes each.
    package var translated: [UInt8] = []
    /// The machine code of all functions.
    package var jited: [UInt8] = []
    /// The address of each function's machine code.
    package var jitedAddresses: [UInt64] = []
    /// The size in bytes of each function's machine code.
    package var jitedSizes: [UInt32] = []
    /// `struct bpf_func_info`, two words each.
    package var functionInfo: [UInt32] = []
    /// `struct bpf_line_info`, four words each.
    package var lineInfo: [UInt32] = []
    /// The address of the machine code of each record of `lineInfo`.
    package var jitedLineAddresses: [UInt64] = []
    /// The tag of each function, eight bytes each.
    package var tags: [UInt8] = []
    package var btfID: UInt32 = 0
  }

  /// Returns a program's code. `BPF_OBJ_GET_INFO_BY_FD` twice: for the sizes, then for the contents. Linux 4.13, lines
  /// and types of functions 5.0.
  ///
  /// A program's code never changes, so both calls agree.
  package static func programImage(_ program: FileDescriptor) throws(Errno) -> ProgramImage {
    var sized = linux_bpf_program_info()
    try information(of: program, into: &sized)
    var image = ProgramImage()
    image.btfID = sized.btf_id
    image.translated = .init(repeating: 0, count: Int(sized.xlated_prog_len))
    image.jited = .init(repeating: 0, count: Int(sized.jited_prog_len))
    image.jitedAddresses = .init(repeating: 0, count: Int(sized.nr_jited_ksyms))
    image.jitedSizes = .init(repeating: 0, count: Int(sized.nr_jited_func_lens))
    image.functionInfo = .init(repeating: 0, count: 2 * Int(sized.nr_func_info))
    image.lineInfo = .init(repeating: 0, count: 4 * Int(sized.nr_line_info))
    image.jitedLineAddresses = .init(repeating: 0, count: Int(sized.nr_jited_line_info))
    image.tags = .init(repeating: 0, count: 8 * Int(sized.nr_prog_tags))
    var info = linux_bpf_program_info()
    (info.xlated_prog_len, info.jited_prog_len) = (sized.xlated_prog_len, sized.jited_prog_len)
    (info.nr_jited_ksyms, info.nr_jited_func_lens) = (sized.nr_jited_ksyms, sized.nr_jited_func_lens)
    (info.nr_func_info, info.func_info_rec_size) = (sized.nr_func_info, 8)
    (info.nr_line_info, info.line_info_rec_size) = (sized.nr_line_info, 16)
    (info.nr_jited_line_info, info.jited_line_info_rec_size) = (sized.nr_jited_line_info, 8)
    info.nr_prog_tags = sized.nr_prog_tags
    // A kernel before 5.0 has no such fields, and rejects those that are not zero.
    if sized.func_info_rec_size == 0 { info.func_info_rec_size = 0 }
    if sized.line_info_rec_size == 0 { info.line_info_rec_size = 0 }
    if sized.jited_line_info_rec_size == 0 { info.jited_line_info_rec_size = 0 }
    try image.fill(from: program, &info)
    // The kernel sets the address to null where it hides the contents.
    if info.xlated_prog_insns == 0 { image.translated = [] }
    if info.jited_prog_insns == 0 { image.jited = [] }
    if info.jited_ksyms == 0 { image.jitedAddresses = [] }
    if info.jited_func_lens == 0 { image.jitedSizes = [] }
    if info.jited_line_info == 0 { image.jitedLineAddresses = [] }
    return image
  }
}

extension BPFCommand.ProgramImage {
  /// Makes the call that fills all buffers.
  fileprivate mutating func fill(
    from program: FileDescriptor, _ info: inout linux_bpf_program_info
  ) throws(Errno) {
    var failure: Errno?
    // Every address is that of a buffer that outlives the call.
    unsafe translated.withUnsafeMutableBytes { translated in
      unsafe jited.withUnsafeMutableBytes { jited in
        unsafe jitedAddresses.withUnsafeMutableBytes { jitedAddresses in
          unsafe jitedSizes.withUnsafeMutableBytes { jitedSizes in
            unsafe functionInfo.withUnsafeMutableBytes { functionInfo in
              unsafe lineInfo.withUnsafeMutableBytes { lineInfo in
                unsafe jitedLineAddresses.withUnsafeMutableBytes { jitedLineAddresses in
                  unsafe tags.withUnsafeMutableBytes { tags in
                    info.xlated_prog_insns = unsafe address(translated)
                    info.jited_prog_insns = unsafe address(jited)
                    info.jited_ksyms = unsafe address(jitedAddresses)
                    info.jited_func_lens = unsafe address(jitedSizes)
                    info.func_info = unsafe address(functionInfo)
                    info.line_info = unsafe address(lineInfo)
                    info.jited_line_info = unsafe address(jitedLineAddresses)
                    info.prog_tags = unsafe address(tags)
                    do throws(Errno) {
                      try BPFCommand.information(of: program, into: &info)
                    } catch {
                      failure = error
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    if let failure { throw failure }
  }
}

/// Returns the address of a buffer; null for an empty one.
private func address(_ buffer: UnsafeMutableRawBufferPointer) -> UInt64 {
  unsafe buffer.isEmpty ? 0 : UInt64(address: UnsafeRawPointer(buffer.baseAddress))
}
