//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A type of a BTF object.
///
/// It is a view of the object's bytes: nothing is read before it is asked for. What a kind does not have is nil, 0 or
/// empty.
public struct BTFType: Sendable, Identifiable {
  /// The object.
  public let types: BTFTypes

  /// The type's number in it; 0 is `void`.
  public let id: Int

  init(in types: BTFTypes, id: Int) {
    (self.types, self.id) = (types, id)
  }

  /// Where its bytes begin; nil for `void`.
  private var offset: Int? { id == 0 ? nil : Int(types.offsets[id - types.firstID]) }

  func word(_ index: Int) -> UInt32 { offset.map { types.word(at: $0 + index * 4) } ?? 0 }

  private var info: UInt32 { word(1) }
}

// MARK: - What every kind has

extension BTFType {
  /// The kind.
  public var kind: BTFKind { BTFKind(rawValue: UInt8(info >> 24 & 0x1f)) ?? .void }

  /// The name; often empty.
  public var name: String { id == 0 ? "void" : types.string(at: Int(word(0))) }

  /// The kernel's `kind_flag`: what it means depends on the kind.
  var flag: Bool { info >> 31 != 0 }

  private var memberCount: Int { Int(info & 0xffff) }

  /// For kinds that have a size of their own, and refer to no type, that size.
  var storedByteCount: Int { kind.refersToType ? 0 : Int(word(2)) }

  /// The type this one points to, is another name for, or modifies; the result of a function prototype, the prototype
  /// of a function; what a variable or a tag belongs to; the element of an array.
  public var target: BTFType? {
    switch kind {
    case .array: types[Int(word(3))]
    case let kind where kind.refersToType: types[Int(word(2))]
    default: nil
    }
  }
}

// MARK: - Integers and arrays

extension BTFType {
  /// How the bits of an integer are to be read.
  public struct IntegerEncoding: Sendable, Hashable {
    /// Whether it has a sign.
    public var isSigned: Bool
    /// Whether it is a character.
    public var isCharacter: Bool
    /// Whether it is a Boolean.
    public var isBoolean: Bool
    /// The first bit of the number in the bytes; 0 but in old objects.
    public var bitOffset: Int
    /// How many bits.
    public var bitCount: Int

    /// How an integer of some bits is to be read; without more, as a number without a sign.
    public init(
      isSigned: Bool = false, isCharacter: Bool = false, isBoolean: Bool = false, bitOffset: Int = 0,
      bitCount: Int
    ) {
      (self.isSigned, self.isCharacter, self.isBoolean) = (isSigned, isCharacter, isBoolean)
      (self.bitOffset, self.bitCount) = (bitOffset, bitCount)
    }
  }

  /// For an integer, how its bits are to be read.
  public var integer: IntegerEncoding? {
    guard kind == .int else { return nil }
    let data = word(3)
    return IntegerEncoding(
      isSigned: data >> 24 & 1 != 0, isCharacter: data >> 24 & 2 != 0, isBoolean: data >> 24 & 4 != 0,
      bitOffset: Int(data >> 16 & 0xff), bitCount: Int(data & 0xff))
  }

  /// For an array, how many elements.
  public var elementCount: Int { kind == .array ? Int(word(5)) : 0 }

  /// For an array, the type of its index.
  public var index: BTFType? { kind == .array ? types[Int(word(4))] : nil }

  /// For a forward declaration, whether it is of a union, and not of a structure.
  public var isForwardOfUnion: Bool { kind == .forward && flag }
}

// MARK: - Structures and unions

extension BTFType {
  /// A member of a structure or union.
  public struct Member: Sendable {
    /// The name; empty for a structure or union whose members count as those of the outer one.
    public var name: String
    /// The type.
    public var type: BTFType
    /// Bits from the beginning of the structure.
    public var bitOffset: Int
    /// For a bit-field, how many bits; nil for a member of whole bytes.
    public var bitCount: Int?
    /// Bytes from the beginning of the structure, rounded down.
    public var byteOffset: Int { bitOffset / 8 }
  }

  /// The members of a structure or union, in their order.
  public var members: some RandomAccessCollection<Member> {
    let count = kind == .structure || kind == .union ? memberCount : 0
    return (0..<count).lazy.map(member)
  }

  /// The member at an index, which must be there.
  private func member(_ index: Int) -> Member {
    let place = word(3 + index * 3 + 2)
    let type = types[Int(word(3 + index * 3 + 1))] ?? BTFType(in: types, id: 0)
    var member = Member(
      name: types.string(at: Int(word(3 + index * 3))), type: type,
      bitOffset: Int(flag ? place & 0xff_ffff : place), bitCount: nil)
    if flag {
      if place >> 24 != 0 { member.bitCount = Int(place >> 24) }
    } else if let integer = type.unmodified?.integer, integer.bitCount != (type.byteCount ?? 0) * 8 {
      // Before there was the flag, the integer itself said that it is a bit-field.
      member.bitCount = integer.bitCount
      member.bitOffset += integer.bitOffset
    }
    return member
  }
}

// MARK: - Enumerations

extension BTFType {
  /// A name of an enumeration, with its number.
  public struct Enumerator: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The number, of 32 or 64 bits; of an unsigned one of 64 bits as many as there are.
    public var value: Int128

    /// A name with its number.
    public init(name: String, value: Int128) {
      (self.name, self.value) = (name, value)
    }
  }

  /// Whether the numbers of an enumeration have a sign.
  public var isSignedEnumeration: Bool { (kind == .enumeration || kind == .enumeration64) && flag }

  /// The names of an enumeration, in their order.
  public var enumerators: some RandomAccessCollection<Enumerator> {
    let count = kind == .enumeration || kind == .enumeration64 ? memberCount : 0
    return (0..<count).lazy.map(enumerator)
  }

  private func enumerator(_ index: Int) -> Enumerator {
    let size = kind == .enumeration ? 2 : 3
    let start = 3 + index * size
    var bits = UInt64(word(start + 1))
    let value: Int128
    if kind == .enumeration64 {
      bits |= UInt64(word(start + 2)) << 32
      value = flag ? Int128(Int64(bitPattern: bits)) : Int128(bits)
    } else {
      value = flag ? Int128(Int32(bitPattern: UInt32(truncatingIfNeeded: bits))) : Int128(bits)
    }
    return Enumerator(name: types.string(at: Int(word(start))), value: value)
  }
}

// MARK: - Functions, variables, sections, tags

extension BTFType {
  /// A parameter of a function prototype.
  public struct Parameter: Sendable {
    /// The name; often empty.
    public var name: String
    /// The type; `void` for the last one where more may follow (`...`).
    public var type: BTFType
  }

  /// The parameters of a function prototype.
  public var parameters: some RandomAccessCollection<Parameter> {
    let count = kind == .functionPrototype ? memberCount : 0
    return (0..<count).lazy.map { index in
      Parameter(
        name: types.string(at: Int(word(3 + index * 2))),
        type: types[Int(word(3 + index * 2 + 1))] ?? BTFType(in: types, id: 0))
    }
  }

  /// Who sees a function or variable.
  public enum Linkage: Int, Sendable, Hashable {
    /// Its own object only.
    case `static` = 0
    /// Every object.
    case global = 1
    /// Another object defines it.
    case external = 2
  }

  /// Who sees a function or variable.
  public var linkage: Linkage? {
    switch kind {
    case .function: Linkage(rawValue: memberCount)
    case .variable: Linkage(rawValue: Int(word(3)))
    default: nil
    }
  }

  /// A variable in a section.
  public struct SectionVariable: Sendable {
    /// The variable.
    public var variable: BTFType
    /// Bytes from the beginning of the section.
    public var byteOffset: Int
    /// Bytes it takes.
    public var byteCount: Int
  }

  /// The variables of a section.
  public var sectionVariables: some RandomAccessCollection<SectionVariable> {
    let count = kind == .dataSection ? memberCount : 0
    return (0..<count).lazy.map { index in
      SectionVariable(
        variable: types[Int(word(3 + index * 3))] ?? BTFType(in: types, id: 0),
        byteOffset: Int(word(3 + index * 3 + 1)), byteCount: Int(word(3 + index * 3 + 2)))
    }
  }

  /// Whether a type tag is an attribute of the compiler, such as `address_space(1)`, and not a note. Linux 6.15.
  var isAttribute: Bool { kind == .typeTag && flag }

  /// For a declaration tag, the member or parameter of ``target`` that it is on; nil if it is on the whole.
  public var componentIndex: Int? {
    guard kind == .declarationTag else { return nil }
    let index = Int32(bitPattern: word(3))
    return index < 0 ? nil : Int(index)
  }
}
