//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// An old kernel refuses an object with one type that it does not understand. What such types stand for is of no
// importance to loading: they are replaced by what takes as many bytes and is as old as BTF, and keep their ids.

extension BTFBuilder {
  /// Replaces what a kernel would not understand by what every kernel with BTF does. No id changes.
  ///
  /// | Without | | becomes |
  /// |---|---|---|
  /// | ``BTFFeatures/functions`` | a function | a typedef of its prototype |
  /// | | a prototype | an enumeration without names |
  /// | ``BTFFeatures/globalFunctions`` | a function that is not static | a static one |
  /// | ``BTFFeatures/dataSections`` | a section | a structure with the variables as members |
  /// | | a variable | an integer of a byte |
  /// | ``BTFFeatures/floats`` | a section without variables, which Linux takes since 5.12 | a structure of that size |
  /// | ``BTFFeatures/floats`` | a float | a structure of that size without members |
  /// | ``BTFFeatures/declarationTags`` | a note on a declaration | an integer of a byte |
  /// | ``BTFFeatures/typeTags`` | a note on a type | `const` |
  /// | ``BTFFeatures/enumerations64`` | a 64-bit enumeration | a union of that size without members |
  /// | | an enumeration with a sign | one that has none |
  /// | ``BTFFeatures/questionMarks`` | a `?` in a section's name | `_` |
  ///
  /// - Parameter features: what the kernel understands, such as ``BTFFeatures/running()`` tells.
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
  /// Becomes what a kernel with some features understands. Types may refer to variables, whose names are asked for.
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
    // A byte is never more than the variable took.
    case .variable where !features.contains(.dataSections): shape = byte
    case .dataSection(let byteCount, let variables):
      // Kernels from 5.2 to 5.11 refuse sections without variables; of what is asked for, floats came next.
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
  /// With one character in the place of each ASCII character that is so.
  fileprivate func replacing(with character: Character, where isReplaced: (UInt8) -> Bool) -> String {
    String(map { $0.asciiValue.map(isReplaced) == true ? character : $0 })
  }
}

extension Int {
  /// The product; what does not fit is the largest number, which no encoder takes.
  fileprivate func multipliedSaturating(by factor: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }
}
