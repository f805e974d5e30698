//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

extension KernelFacts {
  /// Whether the kernel attaches a program to many uprobes with one link, as since Linux 6.6. Found out once in a process,
  /// by loading a program and asking for a link to a directory: a kernel that knows such links says that this is no file.
  package static let hasUprobeMulti: Bool = {
    var request = BPFCommand.ProgramLoad(type: ProgramType.kprobe.rawValue)
    request.expectedAttachType = AttachType.traceUprobeMulti.rawValue
    request.license = "GPL"
    // r0 = 0; exit: of each the first byte alone is not zero.
    request.instructions = [UInt64(0xb7), 0x95].map(\.littleEndian)
    var log = BPFCommand.ProgramLog()
    do throws(Errno) {
      let program = try BPFCommand.programLoad(request, logSize: 0, log: &log)
      _ = try BPFCommand.linkCreate(
        BPFCommand.LinkCreation(program.borrowed, attachType: request.expectedAttachType),
        BPFCommand.UserProbes(path: "/", offsets: [0]))
      return true
    } catch {
      return error == .badFileDescriptor
    }
  }()
}
