//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An instruction that depends on the running kernel's types: a record of `.BTF.ext` (`struct bpf_core_relo`) that
/// the compiler emits for each use of a type marked `preserve_access_index`, and for its type built-ins.
public struct CORERelocation: Sendable, Hashable {
  /// The property of the kernel's type that the relocation needs.
  @nonexhaustive
  public enum Kind: UInt32, Sendable, Hashable, CaseIterable {
    /// The offset of a field, in bytes.
    case fieldByteOffset = 0
    /// The size of a field, in bytes.
    case fieldByteSize = 1
    /// Whether the field exists: 1 or 0.
    case fieldExists = 2
    /// Whether a field is signed: 1 or 0.
    case fieldIsSigned = 3
    /// The left shift that drops the bits before a bit-field loaded as 64 bits.
    case fieldLeftShift = 4
    /// The right shift that follows.
    case fieldRightShift = 5
    /// The type's number in the object's own BTF.
    case typeIDLocal = 6
    /// The type's number in the kernel's BTF.
    case typeIDTarget = 7
    /// Whether the type exists: 1 or 0.
    case typeExists = 8
    /// The size of a type, in bytes.
    case typeByteSize = 9
    /// Whether the enumerator exists: 1 or 0.
    case enumeratorExists = 10
    /// The value of an enumerator.
    case enumeratorValue = 11
    /// Whether a type matches the kernel's in all its members: 1 or 0.
    case typeMatches = 12
  }

  /// The index of the instruction, counted from the beginning of its section.
  public var instruction: Int

  /// The type's id in the object's own BTF.
  public var typeID: Int

  /// The access path to the field: indices of members and elements, such as `0:1:2`; for an enumerator, its index.
  public var access: String

  /// The kind of the relocation.
  public var kind: Kind
}
