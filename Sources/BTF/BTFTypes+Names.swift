//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFTypes {
  /// The numbers of its own types of a kind, ascending.
  package func ids(of kind: BTFKind) -> [Int] {
    kinds.indices.lazy.filter { self.kinds[$0] == kind }.map { self.firstID + $0 }
  }

  /// The most bytes that a name may have. The kernel takes less than 512, but tells that only of objects that are given
  /// to it, and compilers make longer ones. What others than types refer to, such as lines of the source, may be longer.
  static let longestName = 4096

  /// The name at a place among this object's names and those of its base; nil if the place lies behind the last, or the
  /// name has more bytes than names have.
  ///
  /// Others than types refer to names so: the records about a program's functions and lines.
  package func name(at place: Int) -> String? {
    hasBoundedName(at: place) ? string(at: place) : nil
  }

  /// Whether there is a name at a place, with no more bytes than names have.
  package func hasBoundedName(at place: Int) -> Bool {
    if place < firstString, let base { return base.hasBoundedName(at: place) }
    return hasName(at: place) && (!hasLongName || isName(at: place, upTo: BTFTypes.longestName))
  }

  /// Whether there is a name at a place.
  package func hasName(at place: Int) -> Bool { place >= 0 && place < endString }
}
