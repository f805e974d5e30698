//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A place in a program whose number depends on the running kernel's types: the record of `.BTF.ext`
/// (`struct bpf_core_relo`) that the compiler leaves for each use of a type marked `preserve_access_index`, and for
/// its built-in functions about types.
public struct CORERelocation: Sendable, Hashable {
  /// What is asked about the kernel's type.
  public enum Kind: UInt32, Sendable, Hashable, CaseIterable {
    /// The offset of a field, in bytes.
    case fieldByteOffset = 0
    /// The size of a field, in bytes.
    case fieldByteSize = 1
    /// Whether there is such a field: 1 or 0.
    case fieldExists = 2
    /// Whether a field is signed: 1 or 0.
    case fieldIsSigned = 3
    /// How far a bit-field, loaded as 64 bits, is shifted to the left, to drop what stands before it.
    case fieldLeftShift = 4
    /// How far it is then shifted to the right.
    case fieldRightShift = 5
    /// The type's number in the object's own BTF.
    case typeIDLocal = 6
    /// The type's number in the kernel's BTF.
    case typeIDTarget = 7
    /// Whether there is such a type: 1 or 0.
    case typeExists = 8
    /// The size of a type, in bytes.
    case typeByteSize = 9
    /// Whether there is such an enumerator: 1 or 0.
    case enumeratorExists = 10
    /// The value of an enumerator.
    case enumeratorValue = 11
    /// Whether a type matches the kernel's in all its members: 1 or 0.
    case typeMatches = 12
  }

  /// The index of the instruction, counted from the beginning of its section.
  public var instruction: Int

  /// The type it is about, in the object's own BTF.
  public var typeID: Int

  /// The way to the field: indices of members and elements, as `0:1:2`; of an enumerator its index.
  public var access: String

  /// What is asked.
  public var kind: Kind
}
