//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF
internal import KernelTypeDeclarations

/// A C type that is declared in Swift.
enum TypeDeclaration {
  case structure(StructureDeclaration)
  case enumeration(EnumerationDeclaration)

  func write(to source: inout SourceText) {
    switch self {
    case .structure(let structure): structure.write(to: &source)
    case .enumeration(let enumeration): enumeration.write(to: &source)
    }
  }
}

/// An enumeration, declared as a structure with a raw value so that unknown values are kept.
struct EnumerationDeclaration {
  private let name: String
  private let description: String
  private let raw: SwiftForm
  private let cases: [(name: String, cName: String, value: Int128)]

  init(_ type: BTFType, name: String, raw: SwiftForm) {
    (self.name, self.raw) = (name, raw)
    description = type.name.isEmpty ? "An unnamed enumeration." : "`enum \(type.name.forComment)`"
    let enumerators = type.enumerators.filter { !$0.name.isEmpty }
    let prefix = EnumerationDeclaration.sharedWordCount(of: enumerators.map(\.name))
    var scope = NameScope(reserved: ["init", "self"])
    cases = enumerators.map { enumerator in
      let words = SwiftName.words(of: enumerator.name).dropFirst(prefix)
      let name = scope.claim(SwiftName.member(words.joined(separator: "_")))
      return (name, enumerator.name, EnumerationDeclaration.wrapped(enumerator.value, raw))
    }
  }

  /// Returns the number of leading words that all names share and that are dropped from the case names.
  private static func sharedWordCount(of names: [String]) -> Int {
    let words = names.map(SwiftName.words)
    guard words.count > 1, let first = words.first else { return 0 }
    let longest = words.map(\.count).min() ?? 0
    let shared = (0..<longest).prefix { index in words.allSatisfy { $0[index] == first[index] } }.count
    // Each name must keep at least one word, and begin with a letter.
    return (0...shared).last { count in
      words.allSatisfy { $0.count > count && $0[count].first?.isLetter == true }
    } ?? 0
  }

  /// Converts an enumerator's value in C to the raw type.
  private static func wrapped(_ value: Int128, _ raw: SwiftForm) -> Int128 {
    let bits = UInt64(truncatingIfNeeded: value) << (64 - raw.size * 8)
    return raw.kind == .signed
      ? Int128(Int64(bitPattern: bits) >> (64 - raw.size * 8)) : Int128(bits >> (64 - raw.size * 8))
  }

  func write(to source: inout SourceText) {
    source.gap()
    source.line("/// \(description)")
    source.block(
      "struct \(name): RawRepresentable, BitwiseCopyable, Hashable, Comparable, Sendable, CustomStringConvertible"
    ) { source in
      source.line("/// The raw value.")
      source.line("var rawValue: \(raw.name)")
      for (name, cName, value) in cases {
        source.gap()
        source.line("/// `\(cName.forComment)`")
        source.line("static let \(SwiftName.escaped(name)) = \(self.name)(rawValue: \(value))")
      }
      writeDescription(to: &source)
      source.gap()
      source.line("/// Compares raw values.")
      source.line("static func < (left: \(name), right: \(name)) -> Bool { left.rawValue < right.rawValue }")
    }
  }

  private func writeDescription(to source: inout SourceText) {
    source.gap()
    source.line("/// The C name, or the raw value if it has none.")
    var seen: Set<Int128> = []
    let first = cases.filter { seen.insert($0.value).inserted }
    source.block("var description: String") { source in
      guard !first.isEmpty else { return source.line("\"\\(rawValue)\"") }
      source.line("switch rawValue {")
      for (_, cName, value) in first { source.line("case \(value): \(cName.literal)") }
      source.line("default: \"\\(rawValue)\"")
      source.line("}")
    }
  }
}
