//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// An old kernel rejects an object with a single type that it does not understand. Such types are not needed to load a
// program. They are replaced by older kinds of the same size, and keep their ids.

extension BTFBuilder {
  /// Replaces types that a kernel does not understand by kinds that every kernel with BTF does. Changes no id.
  ///
  /// | Missing feature | Type | Replacement |
  /// |---|---|---|
  /// | ``BTFFeatures/functions`` | a function | a typedef of its prototype |
  /// | | a prototype | an enumeration without enumerators |
  /// | ``BTFFeatures/globalFunctions`` | a function that is not static | a static one |
  /// | ``BTFFeatures/dataSections`` | a section | a structure with the variables as members |
  /// | | a variable | an integer of a byte |
  /// | ``BTFFeatures/floats`` | a section without variables, allowed since Linux 5.12 | a structure of that size |
  /// | ``BTFFeatures/floats`` | a float | a structure of that size without members |
  /// | ``BTFFeatures/declarationTags`` | a declaration tag | an integer of a byte |
  /// | ``BTFFeatures/typeTags`` | a type tag | `const` |
  /// | ``BTFFeatures/enumerations64`` | a 64-bit enumeration | a union of that size without members |
  /// | | a signed enumeration | an unsigned one |
  /// | ``BTFFeatures/questionMarks`` | a `?` in a section's name | `_` |
  ///
  /// - Parameter features: the features that the kernel understands, such as those from ``BTFFeatures/running()``.
  public mutating func sanitize(for features: BTFFeatures) {
    let names = definitions.map(\.name)
    let firstID = firstID
    updateAll { definition in
      definition.sanitize(for: features) { id in
        names.indices.contains(id - firstID) ? names[id - firstID] : ""
      }
    }
  }
}

extension BTFDefinition {
  /// Replaces the shape by one that a kernel with the given features understands. `nameOf` returns the name of a
  /// variable.
  fileprivate mutating func sanitize(for features: BTFFeatures, nameOf: (Int) -> String) {
    let byte = Shape.int(byteCount: 1, BTFType.IntegerEncoding(bitCount: 8))
    switch shape {
    case .function(let prototype, let linkage):
      if !features.contains(.functions) {
        shape = .typedef(prototype)
      } else if linkage != .static, !features.contains(.globalFunctions) {
        shape = .function(prototype: prototype, .static)
      }
    case .functionPrototype where !features.contains(.functions): shape = .enumeration([])
    // A byte is never larger than the variable.
    case .variable where !features.contains(.dataSections): shape = byte
    case .dataSection(let byteCount, let variables):
      // Kernels from 5.2 to 5.11 reject sections without variables. Of the features, floats are the next newer one.
      if !features.contains(.dataSections) || variables.isEmpty && !features.contains(.floats) {
        name = name.replacing(with: "_") { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "?") }
        shape = .structure(
          byteCount: byteCount,
          members: variables.map {
            Member(
              nameOf($0.variable), type: $0.variable, bitOffset: $0.byteOffset.multipliedSaturating(by: 8))
          })
      } else if !features.contains(.questionMarks) {
        name = name.replacing(with: "_") { $0 == UInt8(ascii: "?") }
      }
    case .float(let byteCount) where !features.contains(.floats):
      shape = .structure(byteCount: byteCount, members: [])
    case .declarationTag where !features.contains(.declarationTags): shape = byte
    case .typeTag(let target, _) where !features.contains(.typeTags): (name, shape) = ("", .const(target))
    case .enumeration64(let byteCount, _, _) where !features.contains(.enumerations64):
      shape = .union(byteCount: byteCount, members: [])
    case .enumeration(let byteCount, true, let enumerators) where !features.contains(.enumerations64):
      shape = .enumeration(
        byteCount: byteCount,
        enumerators.map {
          BTFType.Enumerator(name: $0.name, value: Int128(UInt32(truncatingIfNeeded: $0.value)))
        })
    default: break
    }
  }
}

extension String {
  /// Returns the string with the matching ASCII characters replaced.
  fileprivate func replacing(with character: Character, where isReplaced: (UInt8) -> Bool) -> String {
    String(map { $0.asciiValue.map(isReplaced) == true ? character : $0 })
  }
}

extension Int {
  /// Returns the product; on overflow the largest number, which the encoder rejects.
  fileprivate func multipliedSaturating(by factor: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }
}
