//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A type of a BTF object.
///
/// A view of the object's bytes, which are read on demand. Properties that do not apply to a type's kind are nil, 0 or
/// empty.
public struct BTFType: Sendable, Identifiable {
  /// The object.
  public let types: BTFTypes

  /// The type's id in the object; 0 is `void`.
  public let id: Int

  init(in types: BTFTypes, id: Int) {
    (self.types, self.id) = (types, id)
  }

  /// The offset of its bytes; nil for `void`.
  private var offset: Int? { id == 0 ? nil : Int(types.offsets[id - types.firstID]) }

  func word(_ index: Int) -> UInt32 { offset.map { types.word(at: $0 + index * 4) } ?? 0 }

  private var info: UInt32 { word(1) }
}

// MARK: - Common properties

extension BTFType {
  /// The kind.
  public var kind: BTFKind { BTFKind(rawValue: UInt8(info >> 24 & 0x1f)) ?? .void }

  /// The name; often empty.
  public var name: String { id == 0 ? "void" : types.string(at: Int(word(0))) }

  /// The kernel's `kind_flag`. Its meaning depends on the kind.
  var flag: Bool { info >> 31 != 0 }

  private var memberCount: Int { Int(info & 0xffff) }

  /// The size of kinds that store one instead of a type id; 0 for others.
  var storedByteCount: Int { kind.refersToType ? 0 : Int(word(2)) }

  /// The type that this one refers to: the target of a pointer, typedef, modifier, variable or tag, the result of a
  /// prototype, the prototype of a function, or the element type of an array.
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
  /// The encoding of an integer.
  public struct IntegerEncoding: Sendable, Hashable {
    /// Whether the integer is signed.
    public var isSigned: Bool
    /// Whether the integer is a character.
    public var isCharacter: Bool
    /// Whether the integer is a Boolean.
    public var isBoolean: Bool
    /// The offset of the first bit; 0 except in old objects.
    public var bitOffset: Int
    /// The number of bits.
    public var bitCount: Int

    /// Creates an encoding; by default that of an unsigned number.
    public init(
      isSigned: Bool = false, isCharacter: Bool = false, isBoolean: Bool = false, bitOffset: Int = 0,
      bitCount: Int
    ) {
      (self.isSigned, self.isCharacter, self.isBoolean) = (isSigned, isCharacter, isBoolean)
      (self.bitOffset, self.bitCount) = (bitOffset, bitCount)
    }
  }

  /// The encoding of an integer; nil for other kinds.
  public var integer: IntegerEncoding? {
    guard kind == .int else { return nil }
    let data = word(3)
    return IntegerEncoding(
      isSigned: data >> 24 & 1 != 0, isCharacter: data >> 24 & 2 != 0, isBoolean: data >> 24 & 4 != 0,
      bitOffset: Int(data >> 16 & 0xff), bitCount: Int(data & 0xff))
  }

  /// The number of elements of an array.
  public var elementCount: Int { kind == .array ? Int(word(5)) : 0 }

  /// The index type of an array.
  public var index: BTFType? { kind == .array ? types[Int(word(4))] : nil }

  /// Whether a forward declaration is that of a union rather than a structure.
  public var isForwardOfUnion: Bool { kind == .forward && flag }
}

// MARK: - Structures and unions

extension BTFType {
  /// A member of a structure or union.
  public struct Member: Sendable {
    /// The name; empty for an anonymous structure or union, whose members belong to the outer one.
    public var name: String
    /// The type.
    public var type: BTFType
    /// The offset in the structure, in bits.
    public var bitOffset: Int
    /// The number of bits of a bit-field; nil for other members.
    public var bitCount: Int?
    /// The offset in the structure in bytes, rounded down.
    public var byteOffset: Int { bitOffset / 8 }
  }

  /// The members of a structure or union, in order.
  public var members: some RandomAccessCollection<Member> {
    let count = kind == .structure || kind == .union ? memberCount : 0
    return (0..<count).lazy.map(member)
  }

  /// Returns the member at an index, which must be valid.
  private func member(_ index: Int) -> Member {
    let bits = word(3 + index * 3 + 2)
    let type = types[Int(word(3 + index * 3 + 1))] ?? BTFType(in: types, id: 0)
    var member = Member(
      name: types.string(at: Int(word(3 + index * 3))), type: type,
      bitOffset: Int(flag ? bits & 0xff_ffff : bits), bitCount: nil)
    if flag {
      if bits >> 24 != 0 { member.bitCount = Int(bits >> 24) }
    } else if let integer = type.unmodified?.integer, integer.bitCount != (type.byteCount ?? 0) * 8 {
      // Before the flag existed, a bit-field was described by its integer type.
      member.bitCount = integer.bitCount
      member.bitOffset += integer.bitOffset
    }
    return member
  }
}

// MARK: - Enumerations

extension BTFType {
  /// An enumerator: a name with its value.
  public struct Enumerator: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The value, of 32 or 64 bits. Int128 holds signed and unsigned 64-bit values.
    public var value: Int128

    /// Creates an enumerator.
    public init(name: String, value: Int128) {
      (self.name, self.value) = (name, value)
    }
  }

  /// Whether the values of an enumeration are signed.
  public var isSignedEnumeration: Bool { (kind == .enumeration || kind == .enumeration64) && flag }

  /// The enumerators of an enumeration, in order.
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
    /// The type; `void` for the last parameter of a variadic function (`...`).
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

  /// The linkage of a function or variable.
  public enum Linkage: Int, Sendable, Hashable {
    /// Visible in its own object only.
    case `static` = 0
    /// Visible in every object.
    case global = 1
    /// Defined in another object.
    case external = 2
  }

  /// The linkage of a function or variable; nil for other kinds.
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
    /// The offset in the section, in bytes.
    public var byteOffset: Int
    /// The size in bytes.
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

  /// Whether a type tag is a compiler attribute, such as `address_space(1)`. Linux 6.15.
  var isAttribute: Bool { kind == .typeTag && flag }

  /// The index of the member or parameter of ``target`` that a declaration tag is on; nil for a tag on the whole
  /// declaration.
  public var componentIndex: Int? {
    guard kind == .declarationTag else { return nil }
    let index = Int32(bitPattern: word(3))
    return index < 0 ? nil : Int(index)
  }
}
