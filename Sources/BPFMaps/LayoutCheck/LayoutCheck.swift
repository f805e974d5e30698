//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

/// Compares Swift types with the BTF types of a map.
struct LayoutCheck {
  private let map: MapHandle

  init(_ map: MapHandle) { self.map = map }

  /// Throws if the map has BTF, and a type's layout differs from it.
  func verify<Key, Value>(key: Key.Type, value: Value.Type) throws(BPFError) {
    try verify((key, Key.self != Void.self), (value, Value.self != Void.self))
  }

  /// Throws if the map has BTF, and the key's layout differs from it.
  func verify<Key>(key: Key.Type) throws(BPFError) { try verify(key: key, value: Void.self) }

  /// Throws if the map has BTF, and the value's layout differs from it.
  func verify<Value>(value: Value.Type) throws(BPFError) { try verify(key: Void.self, value: value) }

  private func verify<Key, Value>(
    _ key: (type: Key.Type, isAsked: Bool), _ value: (type: Value.Type, isAsked: Bool)
  ) throws(BPFError) {
    guard let types = try readableTypes() else { return }
    if key.isAsked, let keyType = types.key { try verify(key.type, "key", keyType) }
    if value.isAsked, let valueType = types.value { try verify(value.type, "value", valueType) }
  }

  /// Returns the map's BTF types. Returns nil if the map has none, or if they cannot be read or parsed, so that there
  /// is nothing to compare.
  ///
  /// - Throws: `BPFError` for failures unrelated to the types: no descriptor or memory is left to read them.
  private func readableTypes() throws(BPFError) -> MapHandle.ElementTypes? {
    do throws(BPFError) {
      return try map.elementTypes()
    } catch {
      guard error.errno?.isTransient != true else { throw error }
      return nil
    }
  }

  private func verify<T>(_ type: T.Type, _ role: String, _ btf: BTFType) throws(BPFError) {
    let comparison = TypeComparison(swift: type, btf: btf)
    guard !comparison.agrees else { return }
    throw map.failure(
      .open, .typeMismatch, nil,
      "the \(role)s of the map are of another type than \(type):\n\(comparison.table)\n"
        + "If the types are compatible anyway, open the map with checkingTypes: false")
  }
}

/// A comparison of two layouts.
struct TypeComparison {
  /// A line of the comparison.
  private struct Row {
    var swift: TypeLeaf?
    var btf: TypeLeaf?
    var agrees: Bool
  }

  private var rows: [Row] = []
  private let titles: (swift: String, btf: String)

  init<T>(swift type: T.Type, btf: BTFType) {
    titles = ("\(type)", TypeComparison.title(btf))
    guard let theirs = TypeLeaf.of(btf: btf) else { return }
    compare(TypeLeaf.of(swift: type), theirs)
  }

  /// Whether every part in one layout matches a part in the other.
  var agrees: Bool { rows.allSatisfy(\.agrees) }

  private mutating func compare(_ ours: [TypeLeaf], _ theirs: [TypeLeaf]) {
    // A plain number matches any structure of its size.
    if ours.count == 1, ours[0].path.isEmpty, theirs.count != 1 { return }
    let all = ours
    var ours = ours
    for their in theirs {
      if let index = ours.firstIndex(where: { $0.agrees(with: their) }) {
        rows.append(Row(swift: ours.remove(at: index), btf: their, agrees: true))
      } else if let index = ours.firstIndex(where: { $0.offset == their.offset }) {
        let our = ours.remove(at: index)
        rows.append(Row(swift: our, btf: their, agrees: our.isCovered(by: their, &ours)))
      } else {
        let isOptional = their.isPadding || their.isPartOfOpaque(rows.compactMap(\.swift))
        // A bit-field may begin inside another part.
        let isOverlaid = their.meaning == .opaque && all.contains { $0.range.overlaps(their.range) }
        rows.append(Row(btf: their, agrees: isOptional || isOverlaid))
      }
    }
    rows += ours.map { our in
      Row(swift: our, agrees: our.isPadding || our.isPartOfOpaque(rows.compactMap(\.btf)))
    }
    rows.sort { ($0.btf ?? $0.swift)?.offset ?? 0 < ($1.btf ?? $1.swift)?.offset ?? 0 }
  }

  private static func title(_ type: BTFType) -> String {
    switch type.kind {
    case .structure: "struct \(type.name)"
    case .union: "union \(type.name)"
    default: type.name.isEmpty ? "\(type.unmodified?.kind ?? type.kind)" : type.name
    }
  }
}

extension TypeLeaf {
  /// Returns whether this part and the one at the same offset match because one of them is opaque.
  fileprivate func isCovered(by other: TypeLeaf, _ rest: inout [TypeLeaf]) -> Bool {
    if other.meaning == .opaque, range.upperBound <= other.range.upperBound {
      // Other Swift parts inside the opaque one match too.
      rest.removeAll { other.range.contains($0.offset) && $0.range.upperBound <= other.range.upperBound }
      return true
    }
    return meaning == .opaque && other.range.upperBound <= range.upperBound
  }

  fileprivate func isPartOfOpaque(_ others: [TypeLeaf]) -> Bool {
    others.contains { other in
      other.meaning == .opaque && other.range.contains(offset)
        && range.upperBound <= other.range.upperBound
    }
  }
}

// MARK: - Table

extension TypeComparison {
  /// The comparison as text: a line for each part, with a mark where the layouts differ.
  var table: String {
    let lines =
      [(" ", "offset", titles.swift, titles.btf)]
      + rows.map { row in
        (
          row.agrees ? " " : ">", "\((row.btf ?? row.swift)?.offset ?? 0)", row.swift?.text ?? "-",
          row.btf?.text ?? "-"
        )
      }
    let width = lines.map(\.2.count).max() ?? 0
    return lines.map { mark, offset, swift, btf in
      "  \(mark) \(offset.padded(to: 6, atEnd: false))  \(swift.padded(to: width, atEnd: true))  \(btf)"
    }.joined(separator: "\n")
  }
}

extension TypeLeaf {
  /// A description such as `pid: UInt32 (unsigned, 4 bytes)`. The sizes are needed because type names may not show
  /// them.
  fileprivate var text: String {
    let sign =
      switch meaning {
      case .signed: "signed, "
      case .unsigned: "unsigned, "
      case .float: "floating-point, "
      case .number, .opaque: ""
      }
    let bytes = "\(size) \(size == 1 ? "byte" : "bytes")" + (count == 1 ? "" : " each, \(count) of them")
    return (path.isEmpty ? "" : "\(name): ") + "\(typeName) (\(sign)\(bytes))"
  }
}

extension String {
  fileprivate func padded(to width: Int, atEnd: Bool) -> String {
    let spaces = String(repeating: " ", count: max(0, width - count))
    return atEnd ? self + spaces : spaces + self
  }
}
