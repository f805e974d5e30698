//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A context that is an array of a function's or an event's arguments, 64 bits each. The types that conform are those of this
/// module, and those that `bpfmap btf swift` declares.
public protocol ArgumentContext: ProgramContext {}

extension ArgumentContext {
  /// Returns an argument by its index, from 0 on, as a word of 64 bits.
  ///
  /// The verifier refuses an argument that the event does not have.
  @inline(__always)
  public func argument(_ index: Int) -> UInt64 {
    unsafe _pointer.assumingMemoryBound(to: UInt64.self)[index]
  }
}

/// The context of a tracepoint, section `tracepoint/GROUP/NAME`, with the event's fields (Linux 4.7).
///
/// The fields are those of `/sys/kernel/tracing/events/GROUP/NAME/format` from the start, so the first 8 bytes are the
/// common ones.
@safe public struct TracepointContext<Fields: BitwiseCopyable>: ProgramContext {
  let pointer: UnsafeMutablePointer<Fields>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }

  /// The event's fields. Only those that are used are read.
  @inline(__always)
  public var fields: Fields { unsafe pointer.pointee }
}

/// The context of a raw tracepoint, section `raw_tp/NAME`: the arguments as words (Linux 4.17).
///
/// Pointers among them are numbers: read what they point to with ``KernelMemory``.
@safe public struct RawTracepointContext: ArgumentContext {
  let pointer: UnsafeMutablePointer<UInt64>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }
}

/// The context of a BTF tracepoint, section `tp_btf/NAME`: the arguments, of types that the verifier knows (Linux 5.5).
@safe public struct BTFTracepointContext: ArgumentContext {
  let pointer: UnsafeMutablePointer<UInt64>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }
}

/// The context of a program at a kernel function, sections `fentry/NAME` and `fexit/NAME` (Linux 5.5), and `fmod_ret/NAME`
/// (Linux 5.7): the arguments, and after them the result.
@safe public struct FunctionContext: ArgumentContext {
  let pointer: UnsafeMutablePointer<UInt64>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }
}

/// The context of a Linux Security Module hook, section `lsm/NAME`: its arguments, and after them the earlier result
/// (Linux 5.7).
@safe public struct LSMContext: ArgumentContext {
  let pointer: UnsafeMutablePointer<UInt64>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }
}

/// The context of an operation of the kernel that a program implements, section `struct_ops/NAME` (Linux 5.6).
@safe public struct StructOpsContext: ArgumentContext {
  let pointer: UnsafeMutablePointer<UInt64>

  /// The context as helpers take it.
  @inline(__always)
  @unsafe public var _pointer: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(pointer) }
}
