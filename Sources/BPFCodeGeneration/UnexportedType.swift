//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF
internal import KernelTypeDeclarations

/// A C type that the source defines, but that has no Swift type because no part of the object has it.
///
/// It is declared as unavailable: the compiler's error for a use of it says how to export it.
struct UnexportedType {
  private let name: String
  private let cName: String
  private let reason: String

  /// Returns the types that a C source defines and that the catalog has not declared, except those of the kernel.
  ///
  /// The source is searched for definitions, not parsed. A definition in a comment counts too, which affects only Swift
  /// code that uses its name.
  static func all(in source: String, _ types: BTFTypes?, _ catalog: inout TypeCatalog) -> [UnexportedType] {
    source.matches(of: definition).compactMap { match in
      let (keyword, tag) = (String(match.1), String(match.2))
      let type = kinds[keyword, default: []].lazy.compactMap { types?.find($0, named: tag) }.first
      if let type, catalog.isDeclared(type) || NetworkForm.form(of: type) != nil { return nil }
      // A type without Swift, because of its size, does not gain by an export.
      if let type, !(1...TypeCatalog.largestSize).contains(type.byteCount ?? 0) { return nil }
      guard !isOfKernel(source[match.range.upperBound...]) else { return nil }
      let name = SwiftName.type(tag)
      guard catalog.claim(free: name) else { return nil }
      return UnexportedType(
        name: name, cName: "\(keyword) \(tag)",
        reason: type == nil ? "not in the object's BTF" : "not the type of a map or variable")
    }
  }

  private static var definition: Regex<(Substring, Substring, Substring)> {
    #/\b(struct|union|enum)\s+(?:__attribute__\s*\(\([^{;]*?\)\)\s*)?([A-Za-z_][A-Za-z_0-9]*)\s*\{/#
  }

  /// Whether a definition, which continues after its opening brace, describes a type of the kernel.
  private static func isOfKernel(_ rest: Substring) -> Bool {
    var depth = 1
    let end = rest.firstIndex { character in
      if character == "{" { depth += 1 }
      if character == "}" { depth -= 1 }
      return character == ";" && depth == 0
    }
    return rest[..<(end ?? rest.endIndex)].contains("preserve_access_index")
  }

  private static let kinds: [String: [BTFKind]] = [
    "struct": [.structure], "union": [.union], "enum": [.enumeration, .enumeration64],
  ]

  func write(to source: inout SourceText) {
    let message = "\(cName) is \(reason): add BPF_EXPORT_TYPE(\(cName))"
    source.gap()
    source.line("@available(*, unavailable, message: \(message.literal))")
    source.line("struct \(name) {}")
  }
}
