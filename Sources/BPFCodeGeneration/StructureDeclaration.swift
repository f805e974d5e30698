//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF
internal import KernelTypeDeclarations

/// A Swift structure that represents a C structure or union.
///
/// Members become stored properties where Swift lays them out as C does. Padding properties fill C's gaps, so that
/// the size is that of C and every byte is initialized. Otherwise (unions, bit-fields, packed members) the members are
/// computed properties over raw bytes.
struct StructureDeclaration {
  /// The Swift name.
  let name: String
  /// The alignment in Swift, which may be smaller than in C.
  let alignment: Int

  private let description: String
  private let size: Int
  private let members: [StructureMember]
  /// The stored properties in order, or `nil` if the members are computed properties over raw bytes.
  private let parts: [Part]?

  /// A stored property.
  enum Part {
    case member(StructureMember)
    /// A gap with its number and its size.
    case padding(Int, byteCount: Int)
  }

  init(_ type: BTFType, size: Int, name: String, in catalog: inout TypeCatalog) {
    (self.name, self.size) = (name, size)
    let keyword = type.kind == .union ? "union" : "struct"
    let bytes = size == 1 ? "1 byte" : "\(size) bytes"
    description =
      type.name.isEmpty
      ? "An unnamed \(keyword): \(bytes)." : "`\(keyword) \(type.name.forComment)`: \(bytes)."
    members = StructureMember.all(of: type, named: name, in: &catalog)
    parts = type.kind == .union ? nil : StructureDeclaration.parts(members, size: size)
    alignment =
      parts == nil
      ? StructureDeclaration.wordSize(for: type, size) : members.map(\.form.alignment).max() ?? 1
  }

  /// Returns the stored properties if Swift lays them out as C does, otherwise `nil`.
  private static func parts(_ members: [StructureMember], size: Int) -> [Part]? {
    var parts: [Part] = []
    var end = 0
    var gaps = 0
    func fill(to offset: Int) {
      guard offset > end else { return }
      parts.append(.padding(gaps, byteCount: offset - end))
      (gaps, end) = (gaps + 1, offset)
    }
    for member in members {
      guard member.bitCount == nil, member.offset >= end, member.offset % member.form.alignment == 0 else {
        return nil
      }
      fill(to: member.offset)
      parts.append(.member(member))
      end += member.form.size
    }
    guard end <= size, size % (members.map(\.form.alignment).max() ?? 1) == 0 else { return nil }
    fill(to: size)
    return parts
  }

  /// Returns the size of the integers that the raw storage consists of.
  private static func wordSize(for type: BTFType, _ size: Int) -> Int {
    let alignment = min(type.alignment ?? 1, 8)
    return [8, 4, 2].first { alignment % $0 == 0 && size % $0 == 0 } ?? 1
  }
}

// MARK: - Writing

extension StructureDeclaration {
  func write(to source: inout SourceText) {
    source.gap()
    source.line("/// \(description)")
    source.block("struct \(name): BitwiseCopyable, Hashable, Sendable") { source in
      if let parts {
        writeStored(parts, to: &source)
        writeComparison(to: &source)
      } else {
        let word = SwiftForm.unsigned(alignment).name
        source.line("private var storage = BPF.CStorage<\(size / alignment), \(word)>()")
        source.gap()
        source.line("/// Creates a value of zero bytes.")
        source.line("init() {}")
        for member in members { member.writeComputed(to: &source) }
      }
    }
  }

  private func writeStored(_ parts: [Part], to source: inout SourceText) {
    for part in parts {
      switch part {
      case .member(let member): member.writeStored(to: &source)
      case .padding(let number, let count):
        let form = SwiftForm.bytes(count)
        source.line("private var _padding\(number): \(form.name) = \(form.zero)")
      }
    }
    source.gap()
    source.line("/// Creates a value. Omitted members are zero.")
    guard !members.isEmpty else { return source.line("init() {}") }
    source.line("init(")
    for (index, member) in members.enumerated() {
      let comma = index < members.count - 1 ? "," : ""
      source.line("  \(member.escaped): \(member.form.name) = \(member.form.zero)\(comma)")
    }
    source.block(")") { source in
      for member in members { member.writeAssignment(to: &source) }
    }
  }

  /// Writes `==` and `hash(into:)`, which ignore padding.
  private func writeComparison(to source: inout SourceText) {
    source.gap()
    source.block("static func == (left: \(name), right: \(name)) -> Bool") { source in
      for member in members { member.writeComparison(to: &source) }
      source.line("return true")
    }
    source.gap()
    source.block("func hash(into hasher: inout Hasher)") { source in
      for member in members { member.writeHashing(to: &source) }
    }
  }
}
