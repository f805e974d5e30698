//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFTypes {
  /// The name at a place among this object's names and those of its base; nil if the place lies behind the last.
  ///
  /// Others than types refer to names so: the records about a program's functions and lines.
  package func name(at place: Int) -> String? {
    guard place >= 0, place < endString else { return nil }
    return string(at: place)
  }
}
