//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// What a relocation comes to in one of the objects.
struct COREAnswer {
  /// The number.
  var value: UInt64

  /// Whether the compiler must have come to the same. How a bit-field is loaded is a matter of taste.
  var isFirm = true

  /// How many of its lowest bits are certain: of enumerations of 32 bits, old objects do not tell the sign.
  var bitCount = 64

  /// For the offset of a field of whole bytes, what is loaded or stored there.
  var accessed: BTFType?
}

extension COREPath {
  /// What a relocation comes to, here at the end of the way.
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
  /// The bytes that have a member, and where in them, once they are a number of 64 bits, it is.
  private struct Load {
    let byteOffset: Int
    let byteCount: Int
    let bitCount: Int
    /// How many bits of more significance than its own the number has.
    let bitsBefore: Int
  }

  /// The smallest load on its own boundary that has the whole of a member.
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
  /// Whether the machine that the object is for has the byte of most significance first.
  fileprivate var isBigEndian: Bool { (UInt16(bigEndian: 1) == 1) != isByteSwapped }
}

extension BTFType {
  /// Bytes of a value.
  fileprivate func size() throws(COREObstacle) -> Int {
    guard let size = byteCount else { throw .noSize(self) }
    return size
  }

  /// What an array's elements, or theirs if they are arrays, are: one access has no more than one.
  fileprivate var innermostElement: BTFType {
    var type = unmodified ?? self
    for _ in 0..<COREPath.maximumLength {
      guard type.kind == .array, let element = type.target?.unmodified else { break }
      type = element
    }
    return type
  }
}
