//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// The context of a kprobe, kretprobe, uprobe or uretprobe: the registers (`struct pt_regs`, Linux 4.1).
@safe public struct ProbeContext: ProgramContext {
  let pointer: UnsafeMutableRawPointer

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe pointer }

  /// Returns an argument of the function that is called, by its index from 0 to 5, by the calling convention of C. The index
  /// must be a constant. Another index is a trap, and undefined in an unchecked module.
  @inline(__always)
  public func argument(_ index: Int) -> UInt64 {
    switch index {
    case 0: unsafe bpfkernel_argument0(pointer)
    case 1: unsafe bpfkernel_argument1(pointer)
    case 2: unsafe bpfkernel_argument2(pointer)
    case 3: unsafe bpfkernel_argument3(pointer)
    case 4: unsafe bpfkernel_argument4(pointer)
    case 5: unsafe bpfkernel_argument5(pointer)
    default: preconditionFailure("a probe has the arguments 0 to 5")
    }
  }

  /// The result of the function that returned, for kretprobes and uretprobes.
  @inline(__always)
  public var result: UInt64 { unsafe bpfkernel_result(pointer) }

  /// The address of the instruction.
  @inline(__always)
  public var instructionPointer: UInt64 { unsafe bpfkernel_instruction_pointer(pointer) }
}

/// The context of a program at a perf event, section `perf_event` (`struct bpf_perf_event_data`, Linux 4.9).
@safe public struct PerfEventContext: ProgramContext {
  let pointer: UnsafeMutableRawPointer

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe pointer }

  /// The number of events since the last sample.
  @inline(__always)
  public var samplePeriod: UInt64 { unsafe bpfkernel_sample_period(pointer) }
}

/// The context of an iterator program, section `iter/NAME`, with its words: the metadata, then pointers to objects
/// (Linux 5.8).
@safe public struct IteratorContext: ArgumentContext {
  let pointer: UnsafeMutablePointer<UInt64>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// Returns the address of an object of this step by its index, from 0 on; 0 at the end of the iteration.
  @inline(__always)
  public func object(_ index: Int = 0) -> UInt64 { argument(index &+ 1) }

  /// Writes the bytes of a value to the reader (`bpf_seq_write`, Linux 5.8). Returns whether there was space.
  @inline(__always) @discardableResult
  public func write<T: BitwiseCopyable>(_ value: T) -> Bool {
    requireKernel()
    return unsafe withZeroedCopy(of: value) { value in
      unsafe bpfkernel_seq_write(pointer, value, UInt32(truncatingIfNeeded: MemoryLayout<T>.size)) == 0
    }
  }
}

/// The context of a system call program, section `syscall`: the bytes that its test run is given (Linux 5.14).
@safe public struct SyscallContext<Arguments: BitwiseCopyable>: ProgramContext {
  let pointer: UnsafeMutablePointer<Arguments>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The arguments, in place: the caller sees changes.
  @inline(__always)
  public var arguments: Arguments {
    get { unsafe pointer.pointee }
    nonmutating _modify { yield unsafe &pointer.pointee }
  }
}
