//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

/// The comparison of Swift types with those that a map's program was compiled with.
struct TypeProof {
  private let map: MapHandle

  init(_ map: MapHandle) { self.map = map }

  /// Throws if the map has BTF, and a type's layout differs from it.
  func prove<Key, Value>(key: Key.Type, value: Value.Type) throws(BPFError) {
    try prove((key, Key.self != Void.self), (value, Value.self != Void.self))
  }

  /// Throws if the map has BTF, and the key's layout differs from it.
  func prove<Key>(key: Key.Type) throws(BPFError) { try prove(key: key, value: Void.self) }

  /// Throws if the map has BTF, and the value's layout differs from it.
  func prove<Value>(value: Value.Type) throws(BPFError) { try prove(key: Void.self, value: value) }

  private func prove<Key, Value>(
    _ key: (type: Key.Type, isAsked: Bool), _ value: (type: Value.Type, isAsked: Bool)
  ) throws(BPFError) {
    guard let types = try readableTypes() else { return }
    if key.isAsked, let keyType = types.key { try prove(key.type, "key", keyType) }
    if value.isAsked, let valueType = types.value { try prove(value.type, "value", valueType) }
  }

  /// The map's types; nil if it has none, or if they may not be read or are not understood, and so cannot be compared.
  ///
  /// - Throws: what says nothing of the types: no descriptor or memory is left to read them.
  private func readableTypes() throws(BPFError) -> MapHandle.ElementTypes? {
    do throws(BPFError) {
      return try map.elementTypes()
    } catch {
      guard error.errno?.isTransient != true else { throw error }
      return nil
    }
  }

  private func prove<T>(_ type: T.Type, _ role: String, _ btf: BTFType) throws(BPFError) {
    let comparison = TypeComparison(swift: type, btf: btf)
    guard !comparison.agrees else { return }
    throw map.failure(
      .open, .typeMismatch, nil,
      "the \(role)s of the map are of another type than \(type):\n\(comparison.table)\n"
        + "If they fit all the same, open it with checkingTypes: false")
  }
}

/// Two layouts side by side.
struct TypeComparison {
  /// One line of the comparison.
  private struct Row {
    var swift: TypeLeaf?
    var btf: TypeLeaf?
    var agrees: Bool
  }

  private var rows: [Row] = []
  private let heads: (swift: String, btf: String)

  init<T>(swift type: T.Type, btf: BTFType) {
    heads = ("\(type)", TypeComparison.head(btf))
    guard let theirs = TypeLeaf.of(btf: btf) else { return }
    compare(TypeLeaf.of(swift: type), theirs)
  }

  /// Whether each part of one is a part of the other.
  var agrees: Bool { rows.allSatisfy(\.agrees) }

  private mutating func compare(_ ours: [TypeLeaf], _ theirs: [TypeLeaf]) {
    // A plain number may stand for any structure of its size.
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
        let isOptional = their.isFiller || their.isPartOfOpaque(rows.compactMap(\.swift))
        // Bit-fields may begin within what another part has begun.
        let isOverlaid = their.meaning == .opaque && all.contains { $0.range.overlaps(their.range) }
        rows.append(Row(btf: their, agrees: isOptional || isOverlaid))
      }
    }
    rows += ours.map { our in
      Row(swift: our, agrees: our.isFiller || our.isPartOfOpaque(rows.compactMap(\.btf)))
    }
    rows.sort { ($0.btf ?? $0.swift)?.offset ?? 0 < ($1.btf ?? $1.swift)?.offset ?? 0 }
  }

  private static func head(_ type: BTFType) -> String {
    switch type.kind {
    case .structure: "struct \(type.name)"
    case .union: "union \(type.name)"
    default: type.name.isEmpty ? "\(type.unmodified?.kind ?? type.kind)" : type.name
    }
  }
}

extension TypeLeaf {
  /// Whether this part and the one at its place may be different because one of them may be anything.
  fileprivate func isCovered(by other: TypeLeaf, _ rest: inout [TypeLeaf]) -> Bool {
    if other.meaning == .opaque, range.upperBound <= other.range.upperBound {
      // Whatever else of ours lies in it is covered too.
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

// MARK: - For a person

extension TypeComparison {
  /// Both layouts side by side, a line for each part, with a mark where they differ.
  var table: String {
    let lines =
      [(" ", "offset", heads.swift, heads.btf)]
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
  /// Such as `pid: UInt32`, and the sizes, which the two languages' names may not tell.
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
