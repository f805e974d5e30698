//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// A relocation's value in one set of types.
struct COREAnswer {
  /// The number.
  var value: UInt64

  /// Whether the compiler's value must be equal. Type ids and the loads of bit-fields may differ.
  var isFirm = true

  /// The number of reliable low bits: old objects do not record the sign of 32-bit enumerations.
  var bitCount = 64

  /// For byte offsets of fields, the type that is loaded or stored there.
  var accessed: BTFType?
}

extension COREPath {
  /// Computes the relocation's value at the end of the path.
  func answer(_ kind: CORERelocation.Kind) throws(COREObstacle) -> COREAnswer {
    switch kind {
    case .fieldExists, .typeExists, .typeMatches, .enumeratorExists: COREAnswer(value: 1)
    case .typeIDLocal, .typeIDTarget: COREAnswer(value: UInt64(root.id), isFirm: false)
    case .typeByteSize: COREAnswer(value: UInt64(try root.size()))
    case .enumeratorValue: try enumeratorValue()
    case .fieldByteOffset, .fieldByteSize, .fieldIsSigned, .fieldLeftShift, .fieldRightShift:
      switch steps.last {
      case .member(let holder, let index)?:
        if let member = holder.members.dropFirst(index).first {
          try answer(kind, about: member)
        } else {
          throw .absent
        }
      case .element(let type, _)?: try answer(kind, about: type)
      case .enumerator?, nil: throw .absent
      }
    }
  }

  private func enumeratorValue() throws(COREObstacle) -> COREAnswer {
    guard case .enumerator(let holder, let index)? = steps.last,
      let enumerator = holder.enumerators.dropFirst(index).first
    else { throw .absent }
    return COREAnswer(
      value: UInt64(truncatingIfNeeded: enumerator.value), bitCount: holder.kind == .enumeration ? 32 : 64)
  }

  private func answer(
    _ kind: CORERelocation.Kind, about element: BTFType
  ) throws(COREObstacle) -> COREAnswer {
    switch kind {
    case .fieldByteOffset: COREAnswer(value: UInt64(bitOffset / 8), accessed: element.innermostElement)
    case .fieldByteSize: COREAnswer(value: UInt64(try element.size()))
    default: throw .elementOnly
    }
  }

  private func answer(
    _ kind: CORERelocation.Kind, about member: BTFType.Member
  ) throws(COREObstacle) -> COREAnswer {
    let type = member.type.unmodified ?? member.type
    let load = try load(of: member, type)
    let isBitField = member.bitCount != nil
    switch kind {
    case .fieldByteOffset:
      return COREAnswer(
        value: UInt64(load.byteOffset), isFirm: !isBitField,
        accessed: isBitField ? nil : type.innermostElement)
    case .fieldByteSize: return COREAnswer(value: UInt64(load.byteCount), isFirm: !isBitField)
    case .fieldIsSigned:
      return COREAnswer(value: type.integer?.isSigned ?? type.isSignedEnumeration ? 1 : 0)
    case .fieldLeftShift:
      guard load.byteCount <= 8 else { throw .tooWide(load.byteCount) }
      return COREAnswer(value: UInt64(load.bitsBefore), isFirm: !isBitField)
    default:
      guard load.byteCount <= 8 else { throw .tooWide(load.byteCount) }
      return COREAnswer(value: UInt64(64 - load.bitCount))
    }
  }
}

// MARK: - Loads

extension COREPath {
  /// The bytes that contain a member, and its bit position after a load as a 64-bit number.
  private struct Load {
    let byteOffset: Int
    let byteCount: Int
    let bitCount: Int
    /// The number of bits above the field in the 64-bit number.
    let bitsBefore: Int
  }

  /// Returns the smallest aligned load that covers a member.
  private func load(of member: BTFType.Member, _ type: BTFType) throws(COREObstacle) -> Load {
    var size = try type.size()
    guard let bitCount = member.bitCount else {
      return Load(
        byteOffset: bitOffset / 8, byteCount: size, bitCount: min(size, 8) * 8,
        bitsBefore: 64 - min(size, 8) * 8)
    }
    guard size > 0, size <= 8 else { throw .wideBitField }
    while bitOffset % (size * 8) + bitCount > size * 8 {
      size *= 2
      guard size <= 8 else { throw .wideBitField }
    }
    let first = bitOffset % (size * 8)
    return Load(
      byteOffset: bitOffset / 8 / size * size, byteCount: size, bitCount: bitCount,
      bitsBefore: root.types.isBigEndian ? 64 - size * 8 + first : 64 - (first + bitCount))
  }
}

extension BTFTypes {
  /// Whether the target machine is big-endian.
  fileprivate var isBigEndian: Bool { (UInt16(bigEndian: 1) == 1) != isByteSwapped }
}

extension BTFType {
  /// Returns the size of a value in bytes.
  fileprivate func size() throws(COREObstacle) -> Int {
    guard let size = byteCount else { throw .noSize(self) }
    return size
  }

  /// The innermost element type of nested arrays: one access covers one element.
  fileprivate var innermostElement: BTFType {
    var type = unmodified ?? self
    for _ in 0..<COREPath.maximumLength {
      guard type.kind == .array, let element = type.target?.unmodified else { break }
      type = element
    }
    return type
  }
}
