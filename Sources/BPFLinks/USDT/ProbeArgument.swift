//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall

/// Where a value of a static probe is when it fires: `struct __bpf_usdt_arg_spec` of `bpf/usdt.bpf.h`.
package struct ProbeArgument: Hashable, Sendable {
  package var place: Place

  /// Bytes of the value: 1, 2, 4 or 8.
  package var byteCount: Int

  /// Whether it has a sign.
  package var isSigned: Bool

  package init(place: Place, byteCount: Int, isSigned: Bool) {
    (self.place, self.byteCount, self.isSigned) = (place, byteCount, isSigned)
  }

  /// Where it is.
  package enum Place: Hashable, Sendable {
    /// The value itself.
    case constant(Int64)
    /// A register, by its offset among those that the kernel keeps.
    case register(Int)
    /// Memory, so far behind where a register points.
    case memory(Int, offset: Int64)
    /// Memory, and a second register, shifted to the left, tells how many bytes further.
    case indexed(Int, offset: Int64, index: Int, shift: Int)
  }
}

extension ProbeArgument {
  /// The most values that a probe may have.
  static let maximumCount = 12

  /// Reads where all values of a probe are, as its note says.
  ///
  /// - Returns: the values' places, or the beginning of what is not understood.
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

  /// What a note says and nobody understands.
  package struct Unreadable: Error {
    var rest: String
  }

  /// The sixteen bytes that a program reads.
  package var bytes: [UInt8] {
    let (kind, value, register, index, shift): (UInt32, Int64, Int, Int, Int) =
      switch place {
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
  /// The bytes, in this machine's order.
  var nativeBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map {
      UInt8(truncatingIfNeeded: self >> (isLittle ? $0 * 8 : Self.bitWidth - 8 - $0 * 8))
    }
  }

  private var isLittle: Bool { UInt16(littleEndian: 1) == 1 }
}
