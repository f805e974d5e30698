//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BTF

/// A global variable of an object: a part of the contents of a map.
///
/// Its value is read and set by its name: ``ObjectFile/variable(_:as:)``, ``ObjectFile/setVariable(_:to:)``.
public struct VariableDefinition: NamedElement {
  /// The name.
  public let name: String

  /// The name of the map: that of the section, such as `.rodata`; of a variable in an arena, that of the arena.
  public let mapName: String

  /// Bytes from the beginning of the map's value.
  public let offset: Int

  /// Bytes of a value.
  public let size: Int

  /// The type; nil if the object does not tell.
  public let type: BTFType?

  /// Whether it is a constant: programs rely on its value, and it cannot be changed once the object is loaded.
  public let isReadOnly: Bool

  /// Whether only its own source sees it.
  public let isStatic: Bool

  /// Whether another object may define it too, and that definition counts.
  public let isWeak: Bool

  /// Whether it is not part of what the object offers to others (`__hidden`).
  public let isHidden: Bool
}
