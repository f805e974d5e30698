//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
package import BPFSyscall
internal import SystemPackage

extension KernelFacts {
  private static let uprobeMulti = KernelAnswer<Bool>()

  /// Whether the kernel supports multi-uprobe links (Linux 6.6).
  ///
  /// Probes by loading a program and requesting a link on a directory: a kernel with multi-uprobe links reports that
  /// it is not a file. Caches the kernel's answer.
  ///
  /// - Throws: `BPFError` if the probe fails: `BPFError.Code.permissionDenied`, `BPFError.Code.outOfResources`.
  package static func hasUprobeMulti() throws(BPFError) -> Bool {
    try uprobeMulti.get { () throws(BPFError) in
      do throws(Errno) {
        try attemptUprobeMulti()
        return true
      } catch {
        switch error {
        case .badFileDescriptor: return true
        // The kernel does not know the attach type, or was built without uprobes.
        case .invalidArgument, .argListTooLong, .notSupported, .notSupportedByKernel: return false
        default:
          throw BPFError(
            .probe, error.unansweredCode, errno: error,
            "the probe for multi-uprobe links failed")
        }
      }
    }
  }

  private static func attemptUprobeMulti() throws(Errno) {
    var request = BPFCommand.ProgramLoad(type: ProgramType.kprobe.rawValue)
    request.expectedAttachType = AttachType.traceUprobeMulti.rawValue
    request.license = "GPL"
    request.instructions = Instruction.returnZero.map(\.encoded)
    var log = BPFCommand.ProgramLog()
    let program = try BPFCommand.programLoad(request, logSize: 0, log: &log)
    _ = try BPFCommand.linkCreate(
      BPFCommand.LinkCreation(program.borrowed, attachType: request.expectedAttachType),
      BPFCommand.UserProbes(path: "/", offsets: [0]))
  }
}
