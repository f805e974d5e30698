//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BTF

/// A global variable of an object: a range in the contents of a map.
///
/// Read and set its value by name: ``ObjectFile/variable(_:as:)``, ``ObjectFile/setVariable(_:to:)``.
public struct VariableDefinition: NamedElement {
  /// The name.
  public let name: String

  /// The map's name: the section's, such as `.rodata`, or the arena's for a variable in an arena.
  public let mapName: String

  /// The offset in the map's value, in bytes.
  public let offset: Int

  /// The size in bytes.
  public let size: Int

  /// The type; nil if unknown.
  public let type: BTFType?

  /// Whether it is a constant, which cannot be changed once the object is loaded.
  public let isReadOnly: Bool

  /// Whether the variable is static.
  public let isStatic: Bool

  /// Whether the definition is weak: another object's definition may override it.
  public let isWeak: Bool

  /// Whether the variable is hidden from other objects (`__hidden`).
  public let isHidden: Bool
}
