//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// Encodes types and their names, one type after the other.
struct BTFEncoder {
  private var words: [UInt32] = []
  private var strings: [UInt8]
  /// The offset of each name in the combined strings of the base and this object.
  private var nameOffsets: [String: UInt32] = ["": 0]
  private let firstString: Int
  private let endID: Int
  /// A description of the current type for errors.
  private var current = ""

  /// - Parameter names: existing strings to keep at their offsets.
  init(base: BTFTypes?, endID: Int, after names: [UInt8] = []) {
    firstString = base?.endString ?? 0
    strings = base == nil && names.isEmpty ? [0] : names
    self.endID = endID
  }

  /// The object, with its header.
  var object: [UInt8] {
    BTFEncoder.object(types: words.flatMap { [UInt8](number: $0) }, strings: strings.isEmpty ? [0] : strings)
  }

  /// Returns an object of types and names, with its header, in native byte order.
  static func object(types: [UInt8], strings: [UInt8]) -> [UInt8] {
    let magicAndVersion = [UInt8](number: UInt16(0xeb9f)) + [1, 0]
    let header = [24, 0, types.count, types.count, strings.count]
    return magicAndVersion + header.flatMap { [UInt8](number: UInt32(truncatingIfNeeded: $0)) } + types
      + strings
  }
}

// MARK: - Types

extension BTFEncoder {
  mutating func add(_ definition: BTFDefinition, id: Int) throws(BPFError) {
    let (name, shape) = (definition.name, definition.shape)
    current = "type \(id), \(shape.kind)" + (name.isEmpty ? "" : " '\(name)'")
    switch shape {
    case .int(let byteCount, let encoding):
      try begin(name, shape.kind, third: size(byteCount))
      words.append(try word(of: encoding))
    case .pointer(let target), .typedef(let target), .volatile(let target), .const(let target),
      .restrict(let target):
      try begin(name, shape.kind, third: reference(target))
    case .array(let element, let index, let count):
      try begin(name, shape.kind, third: 0)
      words += [try reference(element), try reference(index), try fit(count, "the number of its elements")]
    case .structure(let byteCount, let members), .union(let byteCount, let members):
      try add(members, of: name, shape.kind, byteCount)
    case .enumeration(let byteCount, let isSigned, let enumerators):
      try begin(name, shape.kind, count: enumerators.count, flag: isSigned, third: size(byteCount))
      for enumerator in enumerators {
        words += [try nameOffset(of: enumerator.name), try value(of: enumerator, isSigned, bits: 32).low]
      }
    case .enumeration64(let byteCount, let isSigned, let enumerators):
      try begin(name, shape.kind, count: enumerators.count, flag: isSigned, third: size(byteCount))
      for enumerator in enumerators {
        let value = try value(of: enumerator, isSigned, bits: 64)
        words += [try nameOffset(of: enumerator.name), value.low, value.high]
      }
    case .forward(let isUnion): try begin(name, shape.kind, flag: isUnion, third: 0)
    case .function(let prototype, let linkage):
      try begin(name, shape.kind, count: linkage.rawValue, third: reference(prototype))
    case .functionPrototype(let result, let parameters):
      try begin(name, shape.kind, count: parameters.count, third: reference(result))
      for parameter in parameters {
        words += [try nameOffset(of: parameter.name), try reference(parameter.type)]
      }
    case .variable(let type, let linkage):
      try begin(name, shape.kind, third: reference(type))
      words.append(UInt32(truncatingIfNeeded: linkage.rawValue))
    case .dataSection(let byteCount, let variables):
      try begin(name, shape.kind, count: variables.count, third: size(byteCount))
      for variable in variables {
        words += [
          try reference(variable.variable), try fit(variable.byteOffset, "the offset of a variable"),
          try fit(variable.byteCount, "the size of a variable"),
        ]
      }
    case .float(let byteCount): try begin(name, shape.kind, third: size(byteCount))
    case .declarationTag(let target, let component, let isAttribute):
      try begin(name, shape.kind, flag: isAttribute, third: reference(target))
      // -1 means that the tag is on neither a member nor a parameter.
      words.append(try component.map { (index) throws(BPFError) in try fit(index, "its index") } ?? .max)
    case .typeTag(let target, let isAttribute):
      try begin(name, shape.kind, flag: isAttribute, third: reference(target))
    }
  }

  private mutating func add(
    _ members: [BTFDefinition.Member], of name: String, _ kind: BTFKind, _ byteCount: Int
  ) throws(BPFError) {
    // With the flag, the top byte of each offset holds the number of bits.
    let isFlagged = members.contains { $0.bitCount != nil }
    try begin(name, kind, count: members.count, flag: isFlagged, third: size(byteCount))
    for member in members {
      let offset = try fit(
        member.bitOffset, "the offset of member '\(member.name)'", maximum: isFlagged ? 0xff_ffff : .max)
      let bits = try fit(member.bitCount ?? 0, "the number of bits of member '\(member.name)'", maximum: 0xff)
      words += [try nameOffset(of: member.name), try reference(member.type), bits << 24 | offset]
    }
  }

  /// Writes the three words that begin every type.
  private mutating func begin(
    _ name: String, _ kind: BTFKind, count: Int = 0, flag: Bool = false, third: UInt32
  ) throws(BPFError) {
    let count = try fit(count, "the number of its members", maximum: 0xffff)
    words += [try nameOffset(of: name), (flag ? 1 << 31 : 0) | UInt32(kind.rawValue) << 24 | count, third]
  }
}

// MARK: - Words

extension BTFEncoder {
  private func failure(_ reason: String) -> BPFError {
    BPFError(.writeBTF, .invalidArgument, "\(current): \(reason)")
  }

  private func fit(_ number: Int, _ quantity: String, maximum: UInt32 = .max) throws(BPFError) -> UInt32 {
    guard let word = UInt32(exactly: number), word <= maximum else {
      throw failure("\(quantity) is \(number); it must be 0 to \(maximum)")
    }
    return word
  }

  private func size(_ byteCount: Int) throws(BPFError) -> UInt32 { try fit(byteCount, "its size") }

  private func reference(_ id: Int) throws(BPFError) -> UInt32 {
    guard id >= 0, id < endID, let word = UInt32(exactly: id) else {
      throw failure("it refers to type \(id); the last type is \(endID - 1)")
    }
    return word
  }

  private func word(of encoding: BTFType.IntegerEncoding) throws(BPFError) -> UInt32 {
    let bits = try fit(encoding.bitCount, "the number of its bits", maximum: 0xff)
    let offset = try fit(encoding.bitOffset, "its first bit", maximum: 0xff)
    let reading: UInt32 =
      (encoding.isSigned ? 1 : 0) | (encoding.isCharacter ? 2 : 0) | (encoding.isBoolean ? 4 : 0)
    return reading << 24 | offset << 16 | bits
  }

  private func value(
    of enumerator: BTFType.Enumerator, _ isSigned: Bool, bits: Int128
  ) throws(BPFError) -> (low: UInt32, high: UInt32) {
    let least: Int128 = isSigned ? -(1 << (bits - 1)) : 0
    let most: Int128 = (1 << (isSigned ? bits - 1 : bits)) - 1
    guard (least...most).contains(enumerator.value) else {
      throw failure("\(enumerator.name) is \(enumerator.value); it must be \(least) to \(most)")
    }
    return (
      UInt32(truncatingIfNeeded: enumerator.value), UInt32(truncatingIfNeeded: enumerator.value >> 32)
    )
  }

  /// Returns a name's offset, adding the name if it is new.
  private mutating func nameOffset(of name: String) throws(BPFError) -> UInt32 {
    if let known = nameOffsets[name] { return known }
    guard !name.utf8.contains(0) else { throw failure("a name contains a NUL") }
    let offset = try fit(firstString + strings.count, "the offset of its name")
    strings += name.utf8
    strings.append(0)
    nameOffsets[name] = offset
    return offset
  }
}
