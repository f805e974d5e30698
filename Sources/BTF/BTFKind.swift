//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The kind of a BTF type. `BTF_KIND_*`.
@nonexhaustive
public enum BTFKind: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// `void`, with id 0.
  case void = 0
  /// An integer, a character or a Boolean.
  case int = 1
  /// A pointer.
  case pointer = 2
  /// An array.
  case array = 3
  /// A structure.
  case structure = 4
  /// A union.
  case union = 5
  /// An enumeration with values of up to 32 bits.
  case enumeration = 6
  /// A forward declaration of a structure or union.
  case forward = 7
  /// A typedef.
  case typedef = 8
  /// `volatile`.
  case volatile = 9
  /// `const`.
  case const = 10
  /// `restrict`.
  case restrict = 11
  /// A function.
  case function = 12
  /// A function prototype: parameters and result.
  case functionPrototype = 13
  /// A variable.
  case variable = 14
  /// The variables of a section.
  case dataSection = 15
  /// A floating-point number. Linux 5.13.
  case float = 16
  /// A tag on a declaration. Linux 5.16.
  case declarationTag = 17
  /// A tag on a type. Linux 5.17.
  case typeTag = 18
  /// An enumeration with values of up to 64 bits. Linux 6.0.
  case enumeration64 = 19

  /// The kernel's name in lower case, such as `func_proto`.
  public var description: String {
    switch self {
    case .void: "void"
    case .int: "int"
    case .pointer: "ptr"
    case .array: "array"
    case .structure: "struct"
    case .union: "union"
    case .enumeration: "enum"
    case .forward: "fwd"
    case .typedef: "typedef"
    case .volatile: "volatile"
    case .const: "const"
    case .restrict: "restrict"
    case .function: "func"
    case .functionPrototype: "func_proto"
    case .variable: "var"
    case .dataSection: "datasec"
    case .float: "float"
    case .declarationTag: "decl_tag"
    case .typeTag: "type_tag"
    case .enumeration64: "enum64"
    }
  }

  /// Returns the number of bytes after the first 12 of a type with `count` members.
  func trailingByteCount(_ count: Int) -> Int {
    switch self {
    case .int, .variable, .declarationTag: 4
    case .array: 12
    case .structure, .union, .dataSection, .enumeration64: 12 * count
    case .enumeration, .functionPrototype: 8 * count
    default: 0
    }
  }

  /// Whether a type's third word is the id of another type instead of a size.
  var refersToType: Bool {
    switch self {
    case .pointer, .typedef, .volatile, .const, .restrict, .function, .functionPrototype, .variable,
      .declarationTag, .typeTag:
      true
    default: false
    }
  }

  /// Whether the kind does not affect the memory layout of values.
  var isModifier: Bool {
    switch self {
    case .typedef, .volatile, .const, .restrict, .typeTag: true
    default: false
    }
  }
}
