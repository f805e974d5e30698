//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// A copy of a BTF object with some words overwritten in place.
///
/// A loader changes little in an object's types: offsets of variables, and linkages. Names and ids stay the same, so
/// references by offset, such as line information, stay valid. It costs a copy of the bytes, whereas ``BTFBuilder``
/// decodes every type.
package struct BTFPatch {
  private let original: BTFTypes
  private var types: [UInt8]
  private var strings: [UInt8]
  private var appended = 0

  /// Creates a copy of an object that is not split.
  package init(_ types: BTFTypes) {
    original = types
    let bytes = types.bytes
    (self.types, strings) = (bytes.copy(bytes.types), bytes.copy(bytes.strings))
  }

  /// The object's bytes, in native byte order.
  package var encoded: [UInt8] { BTFEncoder.object(types: types, strings: strings) }

  /// Adds a name and returns its offset.
  package mutating func addName(_ name: String) -> UInt32 {
    defer { strings += Array(name.utf8.filter { $0 != 0 }) + [0] }
    return UInt32(truncatingIfNeeded: strings.count)
  }

  /// Adds a type of the given words and returns its id.
  package mutating func addType(_ words: [UInt32]) -> Int {
    for word in words { types.append(number: word) }
    appended += 1
    return original.endID - 1 + appended
  }

  /// Adds a variable and its integer type, and returns their ids.
  package mutating func addIntegerVariable(_ name: String) -> (variable: Int, integer: Int) {
    let integerName = addName("int")
    let integer = addType([integerName, UInt32(BTFKind.int.rawValue) << 24, 4, 1 << 24 | 32])
    let variableName = addName(name)
    let variable = addType([
      variableName, UInt32(BTFKind.variable.rawValue) << 24, UInt32(truncatingIfNeeded: integer),
      UInt32(truncatingIfNeeded: BTFType.Linkage.global.rawValue),
    ])
    return (variable, integer)
  }
}

// MARK: - Changes

extension BTFPatch {
  /// Sets the linkage of a function or variable. Ignores other types.
  package mutating func setLinkage(_ linkage: BTFType.Linkage, of type: BTFType) {
    let number = UInt32(truncatingIfNeeded: linkage.rawValue)
    switch type.kind {
    case .function: overwrite(1, of: type, to: type.word(1) & ~0xffff | number)
    case .variable: overwrite(3, of: type, to: number)
    default: break
    }
  }

  /// Sets the type of a variable, or the target of another kind that has one.
  package mutating func setTarget(_ target: Int, of type: BTFType) {
    overwrite(2, of: type, to: UInt32(truncatingIfNeeded: target))
  }

  /// Names the unnamed parameters of a prototype. Skips the `...` parameter.
  package mutating func nameParameters(of prototype: BTFType, _ name: UInt32) {
    guard prototype.kind == .functionPrototype else { return }
    for index in 0..<prototype.parameters.count {
      let position = 3 + 2 * index
      if prototype.word(position) == 0, prototype.word(position + 1) != 0 {
        overwrite(position, of: prototype, to: name)
      }
    }
  }

  /// Sets a section's size and its variables. Their number must not change.
  package mutating func layOut(
    _ section: BTFType, byteCount: Int, _ variables: [(id: Int, byteOffset: Int, byteCount: Int)]
  ) {
    guard section.kind == .dataSection, variables.count == section.sectionVariables.count else { return }
    overwrite(2, of: section, to: UInt32(truncatingIfNeeded: byteCount))
    for (index, variable) in variables.enumerated() {
      overwrite(3 + 3 * index, of: section, to: UInt32(truncatingIfNeeded: variable.id))
      overwrite(4 + 3 * index, of: section, to: UInt32(truncatingIfNeeded: variable.byteOffset))
      overwrite(5 + 3 * index, of: section, to: UInt32(truncatingIfNeeded: variable.byteCount))
    }
  }

  /// Overwrites a word of one of the object's own types.
  private mutating func overwrite(_ word: Int, of type: BTFType, to value: UInt32) {
    let index = type.id - original.firstID
    guard original.offsets.indices.contains(index) else { return }
    let start = Int(original.offsets[index]) + 4 * word
    guard start + 4 <= types.count else { return }
    types.replaceSubrange(start..<start + 4, with: [UInt8](number: value))
  }
}
