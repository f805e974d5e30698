//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFTypes {
  /// Returns the ids of the object's own types of a kind, ascending.
  package func ids(of kind: BTFKind) -> [Int] {
    kinds.indices.lazy.filter { self.kinds[$0] == kind }.map { self.firstID + $0 }
  }

  /// The maximum length of a type's name in bytes. The kernel accepts fewer than 512, but only checks objects that are
  /// loaded, and compilers produce longer names. Other strings, such as source lines, may be longer.
  static let longestName = 4096

  /// Returns the name at an offset in the string sections of this object and its base. Nil if the offset is out of
  /// bounds, or the name exceeds the length limit.
  ///
  /// Function and line information of programs refers to names this way.
  package func name(at offset: Int) -> String? {
    hasBoundedName(at: offset) ? string(at: offset) : nil
  }

  /// Returns whether an offset has a name within the length limit.
  package func hasBoundedName(at offset: Int) -> Bool {
    if offset < firstString, let base { return base.hasBoundedName(at: offset) }
    return hasName(at: offset) && (!hasLongName || isName(at: offset, upTo: BTFTypes.longestName))
  }

  /// Returns whether an offset is within the string sections.
  package func hasName(at offset: Int) -> Bool { offset >= 0 && offset < endString }
}
