//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall

extension KernelRow {
  static let programCalls: [KernelRow] = [
    flag("BPF_F_XDP_HAS_FRAGS", SmallestProgram(.xdp, flags: .xdpHasFragments), since: "5.18"),
    flag(
      "BPF_F_TEST_REG_INVARIANTS", SmallestProgram(.socketFilter, flags: .testRegisterInvariants),
      since: "6.8"),
    run("BPF_F_TEST_XDP_LIVE_FRAMES", SmallestProgram(.xdp, returning: 1), .liveFrames, since: "5.18"),
    run(
      "BPF_F_TEST_SKB_CHECKSUM_COMPLETE", SmallestProgram(.schedCLS), .checksumComplete, since: "6.11",
      isBackported: true),
    programCall("verified instruction count", since: "5.16") {
      let program = try SmallestProgram(.socketFilter).loaded()
      return try BPFCommand.programInformation(program.borrowed).verifiedInstructions > 0
    },
    programCall("attach target in a program's information", since: "5.18") {
      let program = try SmallestProgram(.tracing, for: .traceIter, .function, named: "bpf_iter_task")?
        .loaded()
      guard let program else { return false }
      return try BPFCommand.programInformation(program.borrowed).attachBTFTypeID > 0
    },
    programCall("complete size of the verifier log", since: "6.4") {
      var log = BPFCommand.ProgramLog()
      _ = try SmallestProgram(.socketFilter).loaded(&log)
      return log.fullSize > 0
    },
    programCall("run time statistics", since: "5.8") {
      try KernelReply.isTaken { _ = try BPFCommand.enableRunTimeStatistics() }
    },
    programCall("streams", since: "6.17") {
      let program = try SmallestProgram(.socketFilter).loaded()
      return try KernelReply.isTaken {
        _ = try BPFCommand.programStreamRead(program.borrowed, stream: 1, byteCount: 16)
      }
    },
    programCall("cookies for raw tracepoints", since: "6.10") {
      let program = try SmallestProgram(.rawTracepoint).loaded()
      return try KernelReply.isTaken {
        _ = try BPFCommand.rawTracepointOpen(program.borrowed, name: "sys_enter", cookie: 1)
      }
    },
    programCall(
      "order of the programs of a control group", since: "6.17", isBackported: true
    ) {
      let program = try SmallestProgram(.cgroupSKB).loaded()
      var creation = BPFCommand.LinkCreation(
        program.borrowed, attachType: AttachType.cgroupInetIngress.rawValue)
      (creation.target, creation.flags) = (.max, AttachFlag.before)
      return try KernelReply.isLookedFor([.badFileDescriptor]) { _ = try BPFCommand.linkCreate(creation) }
    },
  ]

  private static func programCall(
    _ name: String, since release: String, isBackported: Bool = false,
    isThere: @escaping @Sendable () throws -> Bool
  ) -> KernelRow {
    KernelRow(
      section: "Program operations and flags", name: name, since: release, isBackported: isBackported,
      isThere: isThere)
  }

  /// Returns the row of a program load flag.
  private static func flag(_ name: String, _ program: SmallestProgram, since release: String) -> KernelRow {
    programCall(name, since: release) { try program.loads() }
  }

  /// Returns the row of a test run flag.
  private static func run(
    _ name: String, _ program: SmallestProgram, _ flag: Program.RunFlags, since release: String,
    isBackported: Bool = false
  ) -> KernelRow {
    programCall(name, since: release, isBackported: isBackported) {
      let program = try program.loaded()
      var run = BPFCommand.ProgramRun()
      (run.data, run.flags) = ([UInt8](repeating: 0, count: 64), flag.rawValue)
      // Old kernels ignore the flags of XDP test runs, but not the batch size.
      if flag == .liveFrames { run.batchSize = 1 }
      return try KernelReply.isTaken { _ = try BPFCommand.programRun(program.borrowed, run) }
    }
  }
}
