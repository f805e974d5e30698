//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BTF

/// Where two types of programs lie differently in memory.
package enum LayoutDifference {
  /// The first part that differs, as the end of a sentence; nil if none does, or if the types cannot be followed.
  package static func first(_ theirs: BTFType, _ ours: BTFType) -> String? {
    guard let theirs = TypeLeaf.of(btf: theirs), let ours = TypeLeaf.of(btf: ours) else { return nil }
    for (their, our) in zip(theirs, ours) where !their.isLike(our) {
      return "\(their.told) here, \(our.told) in the object"
    }
    if theirs.count == ours.count { return nil }
    let isLonger = theirs.count > ours.count
    let extra = isLonger ? theirs[ours.count] : ours[theirs.count]
    return "\(extra.told) is there \(isLonger ? "here" : "in the object") only"
  }
}

extension TypeLeaf {
  /// Whether two parts are the same but for the names of their types.
  fileprivate func isLike(_ other: TypeLeaf) -> Bool {
    (offset, size, count, meaning) == (other.offset, other.size, other.count, other.meaning)
      && (path == other.path || acceptedPath == other.acceptedPath)
  }

  /// The path with names that the kernel accepts: a map in the kernel may have those in the place of the object's.
  private var acceptedPath: [String] { path.map(\.identifierOrNone) }

  fileprivate var told: String {
    "\(path.isEmpty ? "the whole" : "'\(name)'") (\(typeName), \(size * count) bytes at \(offset))"
  }
}
