//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A BTF type that can be changed and encoded. A ``BTFBuilder`` stores one for each id.
///
/// Unlike a ``BTFType``, which is a view of an object's bytes, it is independent of an object. It refers to other types
/// by their ids in the future object; 0 is `void`.
public struct BTFDefinition: Sendable, Hashable {
  /// The name; empty for none.
  public var name: String

  /// The kind with its properties.
  public var shape: Shape

  /// Creates a named type.
  public init(_ name: String, _ shape: Shape) {
    (self.name, self.shape) = (name, shape)
  }

  /// Creates an unnamed type.
  public init(_ shape: Shape) {
    self.init("", shape)
  }

  /// A kind with its properties. Sizes are in bytes unless they are named bits.
  @nonexhaustive
  public enum Shape: Sendable, Hashable {
    /// An integer of 1, 2, 4, 8 or 16 bytes.
    case int(byteCount: Int, BTFType.IntegerEncoding)
    /// A pointer to a type.
    case pointer(to: Int)
    /// An array. `index` is the type of the index, an integer.
    case array(of: Int, index: Int, count: Int)
    /// A structure.
    case structure(byteCount: Int, members: [Member])
    /// A union.
    case union(byteCount: Int, members: [Member])
    /// An enumeration of 1, 2, 4 or 8 bytes, with values that fit into 32 bits.
    case enumeration(byteCount: Int = 4, isSigned: Bool = false, [BTFType.Enumerator])
    /// An enumeration with values of up to 64 bits. Linux 6.0.
    case enumeration64(byteCount: Int = 8, isSigned: Bool = false, [BTFType.Enumerator])
    /// A forward declaration of a structure or union.
    case forward(isUnion: Bool = false)
    /// A typedef.
    case typedef(Int)
    /// `volatile`.
    case volatile(Int)
    /// `const`.
    case const(Int)
    /// `restrict`.
    case restrict(Int)
    /// A function. Linux 5.0.
    case function(prototype: Int, BTFType.Linkage)
    /// A function prototype: parameters and result. Linux 5.0.
    case functionPrototype(result: Int, parameters: [Parameter])
    /// A variable. Linux 5.2.
    case variable(Int, BTFType.Linkage)
    /// The variables of a section, ascending by offset. Linux 5.2.
    case dataSection(byteCount: Int, variables: [SectionVariable])
    /// A floating-point number of 2, 4, 8, 12 or 16 bytes. Linux 5.13.
    case float(byteCount: Int)
    /// A tag on a declaration, or on the member or parameter with the index `component`. Linux 5.16. With
    /// `isAttribute`, the tag stands for an attribute other than `btf_decl_tag`; Linux 6.15.
    case declarationTag(on: Int, component: Int? = nil, isAttribute: Bool = false)
    /// A tag on a type. Linux 5.17. With `isAttribute`, the tag stands for an attribute other than `btf_type_tag`;
    /// Linux 6.15.
    case typeTag(Int, isAttribute: Bool = false)
  }

  /// A member of a structure or union.
  public struct Member: Sendable, Hashable {
    /// The name; empty for an anonymous structure or union, whose members belong to the outer one.
    public var name: String
    /// The type's id.
    public var type: Int
    /// The offset in the structure, in bits; less than 2^24 for a bit-field.
    public var bitOffset: Int
    /// The number of bits of a bit-field, 1 to 255; nil for other members.
    public var bitCount: Int?

    /// Creates a member; with a number of bits, a bit-field.
    public init(_ name: String = "", type: Int, bitOffset: Int, bitCount: Int? = nil) {
      (self.name, self.type, self.bitOffset, self.bitCount) = (name, type, bitOffset, bitCount)
    }
  }

  /// A parameter of a function prototype.
  public struct Parameter: Sendable, Hashable {
    /// The name; empty in a prototype that does not belong to a function.
    public var name: String
    /// The type's id; 0 without a name for `...`.
    public var type: Int

    /// Creates a parameter.
    public init(_ name: String = "", type: Int) {
      (self.name, self.type) = (name, type)
    }
  }

  /// A variable in a section.
  public struct SectionVariable: Sendable, Hashable {
    /// The variable's id; in the section of kfuncs, a function's id.
    public var variable: Int
    /// The offset in the section, in bytes.
    public var byteOffset: Int
    /// The size in bytes.
    public var byteCount: Int

    /// Creates a variable of a section.
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
