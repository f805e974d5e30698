//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// The BTF that a local storage must have, written by hand: a 32-bit integer for its key, and bytes for its value.
enum SmallBTF {
  /// `int`.
  static let integerID: UInt32 = 1
  /// `struct value`, of bytes.
  static let valueID: UInt32 = 4

  /// Loads BTF with `int` and `struct value { unsigned char bytes[valueSize]; }`.
  ///
  /// `BPF_BTF_LOAD`, Linux 4.18. The map keeps the types; the descriptor may be closed when it has been created.
  static func load(valueSize: UInt32) throws(Errno) -> OwnedDescriptor {
    try BPFCommand.btfLoad(blob(valueSize: valueSize))
  }

  private enum Kind: UInt32 {
    case integer = 1
    case array = 3
    case structure = 4
  }

  private static func blob(valueSize: UInt32) -> [UInt8] {
    var names = Names()
    let (signed, unsigned): (UInt32, UInt32) = (1 << 24, 0)
    let (byteID, arrayID): (UInt32, UInt32) = (2, 3)
    let types: [UInt32] =
      // Name, kind with the number of members, size; then an integer's encoding and bits, an array's element, index
      // and length, or the name, type and bit offset of a structure's member.
      [names.add("int"), kind(.integer), 4, signed | 32]
      + [names.add("unsigned char"), kind(.integer), 1, unsigned | 8]
      + [names.none, kind(.array), 0, byteID, integerID, valueSize]
      + [names.add("value"), kind(.structure, members: 1), valueSize, names.add("bytes"), arrayID, 0]
    let headerSize: UInt32 = 24
    let typeSize = UInt32(types.count * 4)
    let magicAndVersion: UInt32 = 0x0001_eb9f
    let header = [magicAndVersion, headerSize, 0, typeSize, typeSize, UInt32(names.bytes.count)]
    return (header + types).flatMap(bytes) + names.bytes
  }

  private static func kind(_ kind: Kind, members: UInt32 = 0) -> UInt32 { kind.rawValue << 24 | members }

  /// A word in the machine's byte order, by which the kernel also knows the whole.
  private static func bytes(_ word: UInt32) -> [UInt8] {
    unsafe withUnsafeBytes(of: word) { unsafe Array($0) }
  }

  /// The section of names, each ended by a NUL.
  private struct Names {
    var bytes: [UInt8] = [0]
    let none: UInt32 = 0

    /// Adds a name; where it starts.
    mutating func add(_ name: String) -> UInt32 {
      defer { bytes += Array(name.utf8) + [0] }
      return UInt32(bytes.count)
    }
  }
}
