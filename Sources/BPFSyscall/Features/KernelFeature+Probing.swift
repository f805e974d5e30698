//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import CLinuxBPF
internal import SystemPackage

extension KernelFeature {
  /// Tries the smallest map or program that needs the feature, and closes it.
  func probe() throws(BPFError) -> Bool {
    do throws(Errno) {
      try attempt()
      return true
    } catch {
      // An unknown feature is an invalid value, or nonzero bytes beyond the structure that the kernel knows.
      if error == .invalidArgument || error == .argListTooLong { return false }
      let cause =
        error == .notPermitted
        ? Privilege.refusal(of: "probing for this", needing: capabilities)
          ?? "the kernel does not let this process try" : ""
      throw BPFError(
        .probe, error.unansweredCode, errno: error,
        "cannot tell whether the kernel has \(self)" + (cause.isEmpty ? "" : ": \(cause)"))
    }
  }

  /// The capabilities that the probe needs.
  private var capabilities: [Capability] {
    switch kind {
    case .attachTypes: [.bpf, .netAdmin]
    case .probeReadKernel: [.bpf, .perfmon]
    default: [.bpf]
    }
  }

  private func attempt() throws(Errno) {
    typealias Load = BPFCommand.ProgramLoad
    let array = BPFCommand.MapCreation(
      type: LINUX_BPF_MAP_TYPE_ARRAY.rawValue, keySize: 4, valueSize: 32, maxEntries: 1)
    switch kind {
    case .mapNames:
      var named = array
      named.name = "probe"
      _ = try BPFCommand.mapCreate(named)
    case .mappedArrays:
      var mapped = array
      mapped.flags = LINUX_BPF_F_MMAPABLE.rawValue
      _ = try BPFCommand.mapCreate(mapped)
    case .types:
      _ = try BPFCommand.btfLoad(ProbeCode.integerType)
    case .programNames:
      var named = Load(probing: .socketFilter, Instruction.returnZero)
      named.name = "probe"
      try KernelFeature.load(named)
    case .attachTypes:
      var load = Load(probing: .cgroupSock, Instruction.returnZero)
      load.expectedAttachType = ProbeCode.socketCreation
      try KernelFeature.load(load)
    case .globalVariables:
      let map = try BPFCommand.mapCreate(array)
      try KernelFeature.load(Load(probing: .socketFilter, ProbeCode.store(in: map.borrowed.rawValue)))
    case .probeReadKernel:
      try KernelFeature.load(Load(probing: .tracepoint, ProbeCode.readKernel))
    case .memoryAccounting:
      try KernelFeature.load(Load(probing: .socketFilter, ProbeCode.coarseTime))
    case .atomicFetches:
      try KernelFeature.load(Load(probing: .socketFilter, ProbeCode.fetchAndAdd))
    }
  }

  private static func load(_ load: borrowing BPFCommand.ProgramLoad) throws(Errno) {
    var log = BPFCommand.ProgramLog()
    _ = try BPFCommand.programLoad(load, logSize: 0, log: &log)
  }
}

/// The program types of probes. `enum bpf_prog_type`.
private enum ProbeType: UInt32 {
  case socketFilter = 1
  case tracepoint = 5
  case cgroupSock = 9
}

extension BPFCommand.ProgramLoad {
  fileprivate init(probing type: ProbeType, _ instructions: [Instruction]) {
    self.init(type: type.rawValue)
    self.instructions = instructions.map(\.encoded)
    license = "GPL"
  }
}

/// The contents of probes.
private enum ProbeCode {
  /// `BPF_CGROUP_INET_SOCK_CREATE`.
  static let socketCreation: UInt32 = 2

  /// `bpf_ktime_get_coarse_ns()`, which is in the same release as memory accounting by control groups.
  static let coarseTime = [Instruction.call(.ktimeGetCoarseNS)] + Instruction.returnZero

  /// `stack[-8] = 0; r1 = 1; r1 = atomic_fetch_add(&stack[-8], r1)`
  static let fetchAndAdd =
    [
      Instruction.store(0, at: .r10, offset: -8), .move(1, to: .r1),
      .atomic(.add, .r1, at: .r10, offset: -8, isFetching: true),
    ] + Instruction.returnZero

  /// `bpf_probe_read_kernel(&stack[-8], 8, 0)`
  static let readKernel =
    [
      Instruction.move(.r10, to: .r1), .add(-8, to: .r1), .move(8, to: .r2), .move(0, to: .r3),
      .call(.probeReadKernel),
    ] + Instruction.returnZero

  /// `*(u64 *)(value + 16) = 42`, into the value of a map.
  static func store(in map: CInt) -> [Instruction] {
    Instruction.load(Instruction.Pseudo.mapValue, map, 16, to: 1) + [.store(42, at: .r1)]
      + Instruction.returnZero
  }

  /// A BTF object with a single `int`.
  static let integerType: [UInt8] = {
    let strings: [UInt8] = Array("\0int\0".utf8)
    let header: [UInt32] = [24, 0, 16, 16, UInt32(strings.count)]
    let type: [UInt32] = [1, 1 << 24, 4, 1 << 24 | 32]
    return [UInt8](number: UInt16(0xeb9f)) + [1, 0] + (header + type).flatMap { [UInt8](number: $0) }
      + strings
  }()
}
