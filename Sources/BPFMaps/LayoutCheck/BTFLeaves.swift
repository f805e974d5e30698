//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

extension TypeLeaf {
  /// Returns the leaves of a BTF type, ascending by offset; nil if the type has no size, or too many parts to compare.
  static func of(btf type: BTFType) -> [TypeLeaf]? {
    var walk = BTFWalk()
    guard walk.visit(type, [], 0, depth: 0) else { return nil }
    return walk.leaves.sorted { $0.offset < $1.offset }
  }
}

/// Walks the members of a BTF type.
private struct BTFWalk {
  private(set) var leaves: [TypeLeaf] = []

  /// A limit on the leaves: larger types are not compared.
  private let maximumLeaves = 4096
  private let maximumDepth = 32

  private static let kernelTypes: Set = [
    "bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer", "bpf_wq", "bpf_task_work", "bpf_refcount",
    "bpf_list_head",
    "bpf_list_node", "bpf_rb_root", "bpf_rb_node", "bpf_dynptr",
  ]

  /// Adds the leaves of a type. Returns false if the type is incomplete, too deep or too large.
  mutating func visit(_ type: BTFType, _ path: [String], _ offset: Int, depth: Int) -> Bool {
    guard depth < maximumDepth, leaves.count < maximumLeaves, let bare = type.unmodified,
      let size = type.byteCount
    else { return false }
    guard size > 0 else { return true }
    var leaf = TypeLeaf(
      path: path, offset: offset, size: size, meaning: .opaque,
      typeName: type.isAnonymous ? "\(bare.kind)" : type.name)
    switch bare.kind {
    case .int:
      guard let integer = bare.integer, integer.bitCount == size * 8, integer.bitOffset == 0 else { break }
      leaf.meaning =
        integer.isBoolean || integer.isCharacter || size == 1
        ? .number : integer.isSigned ? .signed : .unsigned
    case .enumeration, .enumeration64, .pointer: leaf.meaning = .number
    case .float: leaf.meaning = .float
    case .array: return visitArray(bare, path, offset, depth)
    // Kernel-managed structures in a value, such as locks, are opaque to programs.
    case .structure where BTFWalk.kernelTypes.contains(bare.name): break
    case .structure: return visitMembers(bare, path, offset, depth)
    default: break
    }
    leaves.append(leaf)
    return true
  }

  private mutating func visitMembers(
    _ type: BTFType, _ path: [String], _ offset: Int, _ depth: Int
  ) -> Bool {
    let members = type.members
    for member in members {
      if member.bitCount != nil {
        guard let unit = member.type.byteCount, unit > 0 else { return false }
        // Bit-fields in the same unit are one opaque leaf.
        let start = offset + member.bitOffset / (unit * 8) * unit
        if leaves.last?.range == start..<start + unit, leaves.last?.meaning == .opaque { continue }
        leaves.append(
          TypeLeaf(
            path: path + [member.name], offset: start, size: unit, meaning: .opaque, typeName: "bit-fields"))
        continue
      }
      let isNameless = member.name.isEmpty || (members.count == 1 && !path.isEmpty)
      guard
        visit(
          member.type, isNameless ? path : path + [member.name], offset + member.byteOffset, depth: depth + 1)
      else { return false }
    }
    return true
  }

  /// Adds the leaves of an array: a single leaf if the elements are numbers.
  private mutating func visitArray(_ type: BTFType, _ path: [String], _ offset: Int, _ depth: Int) -> Bool {
    guard let element = type.target, let stride = element.byteCount else { return false }
    var inner = BTFWalk()
    guard inner.visit(element, [], 0, depth: depth + 1) else { return false }
    for leaf in inner.leaves {
      if leaf.offset == 0, leaf.size * leaf.count == stride, leaf.path.isEmpty {
        var leaf = leaf
        (leaf.path, leaf.offset, leaf.count) = (path, offset, leaf.count * type.elementCount)
        leaves.append(leaf)
        continue
      }
      guard leaves.count + type.elementCount < maximumLeaves else { return false }
      for index in 0..<type.elementCount {
        var leaf = leaf
        leaf.path = path + ["\(index)"] + leaf.path
        leaf.offset += offset + index * stride
        leaves.append(leaf)
      }
    }
    return true
  }
}

extension BTFType {
  /// Whether the type itself has no name, such as an array or `const int`.
  fileprivate var isAnonymous: Bool { name.isEmpty }
}
