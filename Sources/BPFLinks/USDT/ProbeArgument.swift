//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

/// The location of a USDT probe's argument when the probe fires: `struct __bpf_usdt_arg_spec` of `bpf/usdt.bpf.h`.
package struct ProbeArgument: Hashable, Sendable {
  package var location: Location

  /// The argument's size: 1, 2, 4 or 8 bytes.
  package var byteCount: Int

  /// Whether the argument is signed.
  package var isSigned: Bool

  package init(location: Location, byteCount: Int, isSigned: Bool) {
    (self.location, self.byteCount, self.isSigned) = (location, byteCount, isSigned)
  }

  /// The location of an argument.
  package enum Location: Hashable, Sendable {
    /// A constant value.
    case constant(Int64)
    /// A register, by its offset in `struct pt_regs`.
    case register(Int)
    /// Memory at an offset from a register's value.
    case memory(Int, offset: Int64)
    /// Memory at an offset from a register's value plus an index register's value, shifted left.
    case indexed(Int, offset: Int64, index: Int, shift: Int)
  }
}

extension ProbeArgument {
  /// The most arguments that a probe may have.
  static let maximumCount = 12

  /// Parses the argument locations of a probe, as its note describes them.
  ///
  /// - Returns: the arguments, or the rest of the text from the first argument that cannot be parsed.
  package static func all(
    in text: String, _ architecture: Architecture
  ) -> Result<[ProbeArgument], Unreadable> {
    var reader = ProbeArgumentReader(text)
    var arguments: [ProbeArgument] = []
    while !reader.isAtEnd {
      let rest = reader.rest
      guard let argument = reader.argument(architecture) else { return .failure(Unreadable(rest: rest)) }
      arguments.append(argument)
    }
    return .success(arguments)
  }

  /// The part of a note that cannot be parsed.
  package struct Unreadable: Error {
    var rest: String
  }

  /// The sixteen bytes of the specification that a program reads.
  package var bytes: [UInt8] {
    let (kind, value, register, index, shift): (UInt32, Int64, Int, Int, Int) =
      switch location {
      case .constant(let value): (0, value, 0, 0, 0)
      case .register(let register): (1, 0, register, 0, 0)
      case .memory(let register, let offset): (2, offset, register, 0, 0)
      case .indexed(let register, let offset, let index, let shift): (3, offset, register, index, shift)
      }
    #if _endian(little)
    let packed = kind | UInt32(index) << 8 | UInt32(shift) << 20
    #else
    let packed = kind << 24 | UInt32(index) << 12 | UInt32(shift) << 8
    #endif
    return value.nativeBytes + packed.nativeBytes + Int16(register).nativeBytes
      + [isSigned ? 1 : 0, UInt8(64 - byteCount * 8)]
  }
}

extension FixedWidthInteger {
  /// The bytes in native byte order.
  var nativeBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map {
      UInt8(truncatingIfNeeded: self >> (isLittle ? $0 * 8 : Self.bitWidth - 8 - $0 * 8))
    }
  }

  /// Creates an integer from its bytes in native byte order.
  init(nativeBytes bytes: some BidirectionalCollection<UInt8>) {
    self.init(littleEndian: bytes.reversed().reduce(0) { $0 << 8 | Self($1) })
  }

  private var isLittle: Bool { UInt16(littleEndian: 1) == 1 }
}
