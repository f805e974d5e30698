//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The kernel accepts names in C syntax, and few others. Compilers of C++, Rust and Zig put their own names into BTF, an
// assembler label may be any text, and gcc emits integers that are both signed and characters. None of this affects the
// meaning of the types.

/// The changes that ``BTFBuilder/repair()`` made.
package struct BTFRepair: Sendable {
  /// The replaced names with their replacements, in the order of the types.
  package private(set) var renamed: [(name: String, replacement: String)] = []

  /// Whether anything was changed.
  package private(set) var isChanged = false

  /// Replaces a name.
  fileprivate mutating func rename(_ name: inout String, to replacement: String) {
    guard name != replacement else { return }
    if !name.isEmpty, !replacement.isEmpty { renamed.append((name, replacement)) }
    (name, isChanged) = (replacement, true)
  }

  fileprivate mutating func set<Value: Equatable>(_ value: inout Value, to replacement: Value) {
    guard value != replacement else { return }
    (value, isChanged) = (replacement, true)
  }
}

extension BTFBuilder {
  /// Replaces names, encodings and linkages that the kernel rejects. Changes no id and no layout.
  ///
  /// | Rejected | Replacement |
  /// |---|---|
  /// | a name with characters that are not valid in C | the name with `_` for each such byte |
  /// | a name of more than 127 bytes | its first 127 bytes |
  /// | an empty name where the kernel requires one | `_` |
  /// | a name where the kernel allows none, such as a pointer's | no name |
  /// | a parameter of a function without a name | `arg1`, `arg2` and so on |
  /// | an external function or variable | a global one |
  /// | an integer that is both signed and a character or a Boolean | a signed one |
  package mutating func repair() -> BTFRepair {
    var repair = BTFRepair()
    var prototypes: Set<Int> = []
    for definition in definitions {
      if case .function(let prototype, _) = definition.shape { prototypes.insert(prototype) }
    }
    var id = firstID
    updateAll { definition in
      definition.repair(isPrototypeOfFunction: prototypes.contains(id), &repair)
      id += 1
    }
    return repair
  }
}

extension BTFDefinition {
  fileprivate mutating func repair(isPrototypeOfFunction: Bool, _ repair: inout BTFRepair) {
    switch shape {
    case .int(let byteCount, var encoding):
      if encoding.isSigned {
        repair.set(&encoding.isCharacter, to: false)
        repair.set(&encoding.isBoolean, to: false)
      } else if encoding.isBoolean {
        repair.set(&encoding.isCharacter, to: false)
      }
      shape = .int(byteCount: byteCount, encoding)
    case .float: break
    case .pointer, .array, .volatile, .const, .restrict: repair.rename(&name, to: "")
    case .structure(let byteCount, let members):
      repair.rename(&name, to: name.identifierOrNone)
      shape = .structure(byteCount: byteCount, members: members.repaired(&repair))
    case .union(let byteCount, let members):
      repair.rename(&name, to: name.identifierOrNone)
      shape = .union(byteCount: byteCount, members: members.repaired(&repair))
    case .enumeration(let byteCount, let isSigned, let enumerators):
      repair.rename(&name, to: name.identifierOrNone)
      shape = .enumeration(byteCount: byteCount, isSigned: isSigned, enumerators.repaired(&repair))
    case .enumeration64(let byteCount, let isSigned, let enumerators):
      repair.rename(&name, to: name.identifierOrNone)
      shape = .enumeration64(byteCount: byteCount, isSigned: isSigned, enumerators.repaired(&repair))
    case .forward, .typedef: repair.rename(&name, to: name.identifier())
    case .function(let prototype, var linkage):
      repair.rename(&name, to: name.identifier())
      if linkage == .external { repair.set(&linkage, to: .global) }
      shape = .function(prototype: prototype, linkage)
    case .variable(let type, var linkage):
      repair.rename(&name, to: name.identifier(where: { $0 == UInt8(ascii: ".") }))
      if linkage == .external { repair.set(&linkage, to: .global) }
      shape = .variable(type, linkage)
    case .dataSection:
      repair.rename(
        &name, to: name.identifier(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "?") }))
    case .declarationTag, .typeTag: if name.isEmpty { repair.rename(&name, to: "_") }
    case .functionPrototype(let result, var parameters):
      repair.rename(&name, to: "")
      for index in parameters.indices {
        let name = parameters[index].name
        let isNeeded = isPrototypeOfFunction && parameters[index].type != 0 && name.isEmpty
        repair.rename(&parameters[index].name, to: isNeeded ? "arg\(index + 1)" : name.identifierOrNone)
      }
      shape = .functionPrototype(result: result, parameters: parameters)
    }
  }
}

extension [BTFDefinition.Member] {
  fileprivate func repaired(_ repair: inout BTFRepair) -> [BTFDefinition.Member] {
    var members = self
    for index in members.indices {
      repair.rename(&members[index].name, to: members[index].name.identifierOrNone)
    }
    return members
  }
}

extension [BTFType.Enumerator] {
  fileprivate func repaired(_ repair: inout BTFRepair) -> [BTFType.Enumerator] {
    var enumerators = self
    for index in enumerators.indices {
      repair.rename(&enumerators[index].name, to: enumerators[index].name.identifier())
    }
    return enumerators
  }
}

// MARK: - Names

extension String {
  /// The maximum length of a name that every kernel accepts: `KSYM_NAME_LEN` was 128 before Linux 6.1.
  private static let longestIdentifier = 127

  /// The closest name of a type or member that the kernel accepts; empty for an empty name.
  package var identifierOrNone: String { isEmpty ? "" : identifier() }

  /// Returns the closest name that the kernel accepts.
  ///
  /// - Parameter isAccepted: whether the kernel accepts a byte in this name, besides letters, digits and `_`.
  fileprivate func identifier(where isAccepted: (UInt8) -> Bool = { _ in false }) -> String {
    var bytes = utf8.prefix(String.longestIdentifier).map { byte in
      byte.isLetter || byte.isDigit || byte == UInt8(ascii: "_") || isAccepted(byte)
        ? byte : UInt8(ascii: "_")
    }
    if bytes.isEmpty { bytes = [UInt8(ascii: "_")] }
    if bytes[0].isDigit { bytes[0] = UInt8(ascii: "_") }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  fileprivate var isLetter: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
  }
}
