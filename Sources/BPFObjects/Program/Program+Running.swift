//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

// MARK: - Test runs

extension Program {
  /// Flags for a test run.
  public struct RunFlags: OptionSet, Hashable, Sendable {
    /// The kernel's number.
    public var rawValue: UInt32

    /// Flags with the kernel's number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Runs on the CPU given, for raw tracepoint programs. `BPF_F_TEST_RUN_ON_CPU`, Linux 5.10.
    public static let onCPU = RunFlags(rawValue: 1 << 0)
    /// Sends the frames of an XDP program for real. `BPF_F_TEST_XDP_LIVE_FRAMES`, Linux 5.18.
    public static let liveFrames = RunFlags(rawValue: 1 << 1)
    /// Computes the checksums of packets afterwards, as it happens for received ones.
    /// `BPF_F_TEST_SKB_CHECKSUM_COMPLETE`, Linux 6.11.
    public static let checksumComplete = RunFlags(rawValue: 1 << 2)
  }

  /// The result of a test run.
  public struct RunResult: Hashable, Sendable {
    /// The program's return value, unsigned.
    public var returnValue: UInt32
    /// The data after the last run, truncated to the capacity of the output buffer.
    public var data: [UInt8]
    /// The size of the data after the last run, in bytes.
    public var dataSize: Int
    /// The context after the last run.
    public var context: [UInt8]
    /// The mean duration of one run.
    public var duration: Duration

    /// The program's return value, signed.
    public var signedReturnValue: Int32 { Int32(bitPattern: returnValue) }
  }

  /// Runs the program in the kernel on the given data and context, without attaching it (a test run).
  ///
  /// The kernel decides which program types can be run, and on what input: packet programs (`xdp`, `sched_cls`,
  /// `sched_act`, `cgroup_skb` and so on) take at least 14 bytes of data, programs of type `syscall` only a context,
  /// tracing programs nothing. Maps and variables change as in a real run.
  ///
  /// System calls: one, `BPF_PROG_TEST_RUN`. Linux 4.12; with a context 5.2.
  ///
  /// - Parameters:
  ///   - data: the packet, from its Ethernet header on.
  ///   - context: the program's context structure, in the layout of its type.
  ///   - repetitions: the number of runs, each on the data that the previous run left; 0 and 1 mean once.
  ///   - dataCapacity: the size of the output buffer in bytes; by default the size of `data` plus 256.
  ///   - flags: the flags for the run.
  ///   - cpu: the CPU to run on, for ``RunFlags/onCPU``.
  ///   - batchSize: the number of frames per batch, for ``RunFlags/liveFrames``; 0 for the kernel's default.
  /// - Returns: the return value and the resulting data and context.
  /// - Throws: `BPFError`. `BPFError.Code.unsupported` if programs of this type cannot be run in this way,
  ///   `BPFError.Code.invalidArgument` if data, context or flags do not fit the type,
  ///   `BPFError.Code.permissionDenied`.
  public func run(
    data: [UInt8] = [], context: [UInt8] = [], repetitions: Int = 1, dataCapacity: Int? = nil,
    flags: RunFlags = [], cpu: Int = 0, batchSize: Int = 0
  ) throws(BPFError) -> RunResult {
    var run = BPFCommand.ProgramRun()
    (run.data, run.context) = (data, context)
    // These types write no context to a separate buffer, and the kernel rejects such a buffer, as it does repetitions.
    let isSingle = [.syscall, .rawTracepoint, .rawTracepointWritable, .tracing, .structOps].contains(type)
    run.contextCapacity = isSingle ? 0 : context.count
    run.leavesContextInPlace = type == .syscall
    guard let repetitions = UInt32(exactly: repetitions), let cpu = UInt32(exactly: cpu),
      let batchSize = UInt32(exactly: batchSize), (0...Int(Int32.max)).contains(dataCapacity ?? 0)
    else {
      throw BPFError(
        .run, .invalidArgument, subject,
        "repetitions, data capacity, CPU or batch size is negative, or does not fit into 32 bits")
    }
    // For a single run the kernel expects 0.
    if repetitions > 1 { run.repetitions = repetitions }
    (run.flags, run.cpu, run.batchSize) = (flags.rawValue, cpu, batchSize)
    // Live frames return neither data nor context; the kernel rejects buffers for them.
    run.dataCapacity = flags.contains(.liveFrames) ? 0 : dataCapacity ?? (data.isEmpty ? 0 : data.count + 256)
    if flags.contains(.liveFrames) { run.contextCapacity = 0 }
    let answer: BPFCommand.ProgramRunAnswer
    do throws(Errno) {
      answer = try BPFCommand.programRun(descriptor.borrowed, run)
    } catch {
      throw runFailure(error, run)
    }
    return RunResult(
      returnValue: answer.returnValue, data: answer.data, dataSize: answer.dataSize,
      context: answer.context, duration: .nanoseconds(Int64(answer.duration)))
  }

  private func runFailure(_ errno: Errno, _ run: BPFCommand.ProgramRun) -> BPFError {
    let (code, text): (BPFError.Code, String) =
      switch errno {
      case .notSupportedByKernel, .notSupported:
        (.unsupported, "programs of type \(type) do not support such test runs in this kernel")
      case .invalidArgument where run.cpu != 0 && run.flags & RunFlags.onCPU.rawValue == 0:
        (.invalidArgument, "a CPU requires the flag .onCPU")
      case .noSuchAddressOrDevice:
        (.notFound, "CPU \(run.cpu) is not online, or does not exist")
      case .interrupted, .resourceTemporarilyUnavailable: (.system, "signals kept interrupting the run")
      case .invalidArgument:
        (
          .invalidArgument,
          "\(run.data.count) bytes of data, \(run.context.count) of context or the flags do not fit the type \(type)"
        )
      case .argListTooLong:
        (.invalidArgument, "the context is larger than this kernel knows, and not zero where it is")
      case .notPermitted, .permissionDenied:
        (
          .permissionDenied,
          Privilege.refusal(of: "running programs of type \(type)", needing: type.capabilities)
            ?? "a security policy of this system forbids it"
        )
      case .noMemory: (.outOfResources, "the kernel has no memory for the data")
      default: (.system, "")
      }
    return BPFError(.run, code, errno: errno, subject, text)
  }
}
