//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The program of `bpfmap top` in Swift: counts system calls by process and number, as Top/system_calls.bpf.c does.

import BPFKernel

/// The calling convention, which determines the meaning of a system call's number.
enum Convention {
  static let native: UInt16 = 0
  static let compatible: UInt16 = 1
  static let x32: UInt16 = 2
}

/// A process and a system call.
public struct Call: BitwiseCopyable, Sendable {
  /// The process.
  public var process: UInt32
  /// The system call's number.
  public var number: UInt16
  /// The calling convention.
  public var convention: UInt16
}

/// The name of a process.
public struct Command: BitwiseCopyable, Sendable {
  /// The name, followed by zeros.
  public var name: InlineArray<16, UInt8>
}

/// All invalid numbers are counted as one, so that they do not fill the map.
private let unknownNumber: UInt16 = 0xffff
private let numbers: UInt64 = 1024
private let x32Bit: UInt64 = 0x4000_0000

/// The calls of each process.
public let calls = PerCPUHashMap<Call, UInt64>(maxEntries: 16384)

/// The names of processes, for those that end before their name is read.
public let commands = LRUHashMap<UInt32, Command>(maxEntries: 8192)

/// The only process whose calls are counted; 0 for all processes.
public let onlyProcess = Constant<UInt32>(0)

/// The machine, set before the program is loaded: 1 for x86-64, 2 for arm64.
public let machine = Constant<UInt32>(0)

/// The number of calls that were not counted, since the map was full.
public let uncounted = Variable<UInt64>(0)

/// Returns whether the task is in a 32-bit system call, which has different numbers.
private func isCompatible() -> Bool {
  let task = TaskStruct.Probed(address: CurrentTask.address)
  if machine.value == 1, ThreadInfo.hasStatus { return task.threadInfo.status & 2 != 0 }
  if machine.value == 2, ThreadInfo.hasFlags { return task.threadInfo.flags >> 22 & 1 != 0 }
  return false
}

@section("raw_tp/sys_enter") func countSystemCall(_ context: RawTracepointContext) -> Int32 {
  var call = Call(process: CurrentTask.processID, number: 0, convention: Convention.native)
  let only = onlyProcess.value
  if only != 0, call.process != only { return 0 }

  var number = context.argument(1)
  if isCompatible() {
    call.convention = Convention.compatible
  } else if machine.value == 1, number &- x32Bit < numbers {
    call.convention = Convention.x32
    number &-= x32Bit
  }
  call.number = number < numbers ? UInt16(truncatingIfNeeded: number) : unknownNumber

  // No atomic operation is necessary: the value is this CPU's, and nothing that interrupts the program makes system
  // calls.
  let isCounted = calls.withValue(of: call, default: firstCount(of: call)) { $0 &+= 1 } != nil
  if !isCounted { uncounted.value.atomicAdd(1) }
  return 0
}

/// Updates the process's name when it makes a call that it has not made before. Returns the count before that call.
private func firstCount(of call: Call) -> UInt64 {
  commands.update(call.process) { CurrentTask.copyName(to: &$0.name) }
  return 0
}
