//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BTF

/// Compares the layouts of two BTF types.
package enum LayoutDifference {
  /// Returns the first part that differs, as the end of a sentence; nil if none differs, or if the types cannot be
  /// compared.
  package static func first(_ theirs: BTFType, _ ours: BTFType) -> String? {
    guard let theirs = TypeLeaf.of(btf: theirs), let ours = TypeLeaf.of(btf: ours) else { return nil }
    for (their, our) in zip(theirs, ours) where !their.isLike(our) {
      return "\(their.summary) here, \(our.summary) in the object"
    }
    if theirs.count == ours.count { return nil }
    let isLonger = theirs.count > ours.count
    let extra = isLonger ? theirs[ours.count] : ours[theirs.count]
    return "\(extra.summary) is only \(isLonger ? "here" : "in the object")"
  }
}

extension TypeLeaf {
  /// Returns whether two parts are equal except for the names of their types.
  fileprivate func isLike(_ other: TypeLeaf) -> Bool {
    (offset, size, count, meaning) == (other.offset, other.size, other.count, other.meaning)
      && (path == other.path || acceptedPath == other.acceptedPath)
  }

  /// The path with names that the kernel accepts. A map in the kernel may have these instead of the object's names.
  private var acceptedPath: [String] { path.map(\.identifierOrNone) }

  fileprivate var summary: String {
    "\(path.isEmpty ? "the whole" : "'\(name)'") (\(typeName), \(size * count) bytes at \(offset))"
  }
}
