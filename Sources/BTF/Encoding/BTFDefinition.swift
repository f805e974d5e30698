//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A BTF type as a value of its own, to be changed and encoded: what a ``BTFBuilder`` keeps for each id.
///
/// A ``BTFType`` is a view of an object's bytes; this is what such a view shows, taken out. Other types are named by
/// their ids in the object it is to be part of, whether they are there yet or not; 0 is `void`.
public struct BTFDefinition: Sendable, Hashable {
  /// The name; empty for none.
  public var name: String

  /// The kind, with what belongs to it.
  public var shape: Shape

  /// A type with a name.
  public init(_ name: String, _ shape: Shape) {
    (self.name, self.shape) = (name, shape)
  }

  /// A type without a name.
  public init(_ shape: Shape) {
    self.init("", shape)
  }

  /// A kind, with what belongs to it. Sizes are in bytes unless it is said that they are bits.
  public enum Shape: Sendable, Hashable {
    /// An integer of 1, 2, 4, 8 or 16 bytes.
    case int(byteCount: Int, BTFType.IntegerEncoding)
    /// A pointer to a type.
    case pointer(to: Int)
    /// An array of elements of a type. The index is the type of its index, an integer.
    case array(of: Int, index: Int, count: Int)
    /// A structure.
    case structure(byteCount: Int, members: [Member])
    /// A union.
    case union(byteCount: Int, members: [Member])
    /// An enumeration of 1, 2, 4 or 8 bytes, with values that fit into 32 bits.
    case enumeration(byteCount: Int = 4, isSigned: Bool = false, [BTFType.Enumerator])
    /// An enumeration with values of up to 64 bits. Linux 6.0.
    case enumeration64(byteCount: Int = 8, isSigned: Bool = false, [BTFType.Enumerator])
    /// The name of a structure or union that is defined elsewhere.
    case forward(isUnion: Bool = false)
    /// Another name for a type.
    case typedef(Int)
    /// `volatile`.
    case volatile(Int)
    /// `const`.
    case const(Int)
    /// `restrict`.
    case restrict(Int)
    /// A function with its prototype. Linux 5.0.
    case function(prototype: Int, BTFType.Linkage)
    /// The parameters and the result of functions. Linux 5.0.
    case functionPrototype(result: Int, parameters: [Parameter])
    /// A variable. Linux 5.2.
    case variable(Int, BTFType.Linkage)
    /// The variables of a section, ascending by offset. Linux 5.2.
    case dataSection(byteCount: Int, variables: [SectionVariable])
    /// A floating-point number of 2, 4, 8, 12 or 16 bytes. Linux 5.13.
    case float(byteCount: Int)
    /// A note on a declaration, or on its member or parameter with an index. An attribute is one that the compiler did
    /// not make of `btf_decl_tag`; Linux 6.15. Linux 5.16.
    case declarationTag(on: Int, component: Int? = nil, isAttribute: Bool = false)
    /// A note on a type. An attribute is one that the compiler did not make of `btf_type_tag`; Linux 6.15. Linux 5.17.
    case typeTag(Int, isAttribute: Bool = false)
  }

  /// A member of a structure or union.
  public struct Member: Sendable, Hashable {
    /// The name; empty for a structure or union whose members count as those of the outer one.
    public var name: String
    /// The type's id.
    public var type: Int
    /// Bits from the beginning of the structure; below 2^24 where a member is a bit-field.
    public var bitOffset: Int
    /// For a bit-field, how many bits, 1 to 255; nil for a member of whole bytes.
    public var bitCount: Int?

    /// A member, or with a number of bits a bit-field.
    public init(_ name: String = "", type: Int, bitOffset: Int, bitCount: Int? = nil) {
      (self.name, self.type, self.bitOffset, self.bitCount) = (name, type, bitOffset, bitCount)
    }
  }

  /// A parameter of a function prototype.
  public struct Parameter: Sendable, Hashable {
    /// The name; empty in a prototype that is not a function's.
    public var name: String
    /// The type's id; 0 without a name for `...`.
    public var type: Int

    /// A parameter.
    public init(_ name: String = "", type: Int) {
      (self.name, self.type) = (name, type)
    }
  }

  /// A variable in a section.
  public struct SectionVariable: Sendable, Hashable {
    /// The variable's id; a function's in the section of functions of the kernel that a program calls.
    public var variable: Int
    /// Bytes from the beginning of the section.
    public var byteOffset: Int
    /// Bytes it takes.
    public var byteCount: Int

    /// A variable at a place.
    public init(_ variable: Int, byteOffset: Int, byteCount: Int) {
      (self.variable, self.byteOffset, self.byteCount) = (variable, byteOffset, byteCount)
    }
  }
}

extension BTFDefinition.Shape {
  /// The kind.
  public var kind: BTFKind {
    switch self {
    case .int: .int
    case .pointer: .pointer
    case .array: .array
    case .structure: .structure
    case .union: .union
    case .enumeration: .enumeration
    case .enumeration64: .enumeration64
    case .forward: .forward
    case .typedef: .typedef
    case .volatile: .volatile
    case .const: .const
    case .restrict: .restrict
    case .function: .function
    case .functionPrototype: .functionPrototype
    case .variable: .variable
    case .dataSection: .dataSection
    case .float: .float
    case .declarationTag: .declarationTag
    case .typeTag: .typeTag
    }
  }
}
