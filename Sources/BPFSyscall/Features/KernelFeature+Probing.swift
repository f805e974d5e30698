//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

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
      var named = Load(probing: .socketFilter, ProbeCode.returnZero)
      named.name = "probe"
      try KernelFeature.load(named)
    case .attachTypes:
      var load = Load(probing: .cgroupSock, ProbeCode.returnZero)
      load.expectedAttachType = ProbeCode.socketCreation
      try KernelFeature.load(load)
    case .globalVariables:
      let map = try BPFCommand.mapCreate(array)
      try KernelFeature.load(
        Load(probing: .socketFilter, ProbeCode.store(in: map.borrowed.rawValue) + ProbeCode.returnZero))
    case .probeReadKernel:
      try KernelFeature.load(Load(probing: .tracepoint, ProbeCode.readKernel + ProbeCode.returnZero))
    case .memoryAccounting:
      try KernelFeature.load(Load(probing: .socketFilter, ProbeCode.coarseTime + ProbeCode.returnZero))
    case .atomicFetches:
      try KernelFeature.load(Load(probing: .socketFilter, ProbeCode.fetchAndAdd + ProbeCode.returnZero))
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
  fileprivate init(probing type: ProbeType, _ instructions: [UInt64]) {
    self.init(type: type.rawValue)
    self.instructions = instructions
    license = "GPL"
  }
}

/// The instructions of probes, in the kernel's format.
private enum ProbeCode {
  /// `BPF_CGROUP_INET_SOCK_CREATE`.
  static let socketCreation: UInt32 = 2

  /// `r0 = 0; exit`
  static let returnZero = instruction(0xb7, 0) + instruction(0x95, 0)

  /// `bpf_ktime_get_coarse_ns()`, which is in the same release as memory accounting by control groups.
  static let coarseTime = instruction(0x85, 0, immediate: 160)

  /// `stack[-8] = 0; r1 = 1; r1 = atomic_fetch_add(&stack[-8], r1)`
  static let fetchAndAdd =
    instruction(0x7a, 10, offset: -8) + instruction(0xb7, 1, immediate: 1)
    + instruction(0xdb, 10, 1, offset: -8, immediate: 1)

  /// `bpf_probe_read_kernel(&stack[-8], 8, 0)`
  static let readKernel =
    instruction(0xbf, 1, 10) + instruction(0x07, 1, immediate: -8) + instruction(0xb7, 2, immediate: 8)
    + instruction(0xb7, 3) + instruction(0x85, 0, immediate: 113)

  /// `*(u64 *)(value + 16) = 42`, into the value of a map.
  static func store(in map: CInt) -> [UInt64] {
    instruction(0x18, 1, 2, immediate: map) + instruction(0, 0, immediate: 16)
      + instruction(0x7a, 1, immediate: 42)
  }

  /// A BTF object with a single `int`.
  static let integerType: [UInt8] = {
    let strings: [UInt8] = Array("\0int\0".utf8)
    let header: [UInt32] = [24, 0, 16, 16, UInt32(strings.count)]
    let type: [UInt32] = [1, 1 << 24, 4, 1 << 24 | 32]
    return [UInt8](number: UInt16(0xeb9f)) + [1, 0] + (header + type).flatMap { [UInt8](number: $0) }
      + strings
  }()

  private static func instruction(
    _ opcode: UInt8, _ destination: UInt8, _ source: UInt8 = 0, offset: Int16 = 0, immediate: Int32 = 0
  ) -> [UInt64] {
    let isBigEndian = UInt16(bigEndian: 1) == 1
    let registers = isBigEndian ? destination << 4 | source : source << 4 | destination
    let number = UInt64(UInt32(bitPattern: immediate))
    let distance = UInt64(UInt16(bitPattern: offset))
    return [
      isBigEndian
        ? UInt64(opcode) << 56 | UInt64(registers) << 48 | distance << 32 | number
        : UInt64(opcode) | UInt64(registers) << 8 | distance << 16 | number << 32
    ]
  }
}
