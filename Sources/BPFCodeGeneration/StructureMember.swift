//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF
internal import KernelTypeDeclarations

/// A member of a structure or union. The members of anonymous members count as the type's own.
struct StructureMember {
  /// The Swift name, without backticks.
  let name: String
  /// The representation of its value.
  let form: SwiftForm
  /// The offset from the start of the structure, in bits.
  let bitOffset: Int
  /// The width of a bit-field, or `nil` for any other member.
  let bitCount: Int?

  private let cName: String

  /// The offset from the start of the structure, in bytes.
  var offset: Int { bitOffset / 8 }

  /// The name as written in source, with backticks if it is a keyword.
  var escaped: String { SwiftName.escaped(name) }

  /// Returns the members of a type with unique Swift names.
  static func all(of type: BTFType, named name: String, in catalog: inout TypeCatalog) -> [StructureMember] {
    var scope = NameScope(reserved: ["hashValue", "init", "self", "storage"])
    return flattened(type, at: 0, depth: 0).compactMap { member in
      // A member without a size, such as a flexible array at the end, is not part of the value.
      guard (member.bitCount ?? 0) <= 64,
        let form = catalog.form(of: valueType(of: member), in: "\(name)_\(member.name)")
      else { return nil }
      return StructureMember(
        name: scope.claim(SwiftName.member(member.name)), form: form, bitOffset: member.bitOffset,
        bitCount: member.bitCount, cName: member.name)
    }
  }

  /// Returns the type that determines the representation. The number in a bit-field occupies no bytes of its own, so it
  /// has no byte order either.
  private static func valueType(of member: BTFType.Member) -> BTFType {
    guard member.bitCount != nil, let bare = member.type.unmodified, bare.kind == .int else {
      return member.type
    }
    return bare
  }

  private init(name: String, form: SwiftForm, bitOffset: Int, bitCount: Int?, cName: String) {
    (self.name, self.form, self.cName) = (name, form, cName)
    (self.bitOffset, self.bitCount) = (bitOffset, bitCount)
  }

  /// Returns all named members, including those of anonymous members.
  private static func flattened(_ type: BTFType, at bitOffset: Int, depth: Int) -> [BTFType.Member] {
    // A deeper nesting can only be a type that contains itself.
    guard depth < 32 else { return [] }
    return type.members.flatMap { member in
      var member = member
      member.bitOffset += bitOffset
      guard member.name.isEmpty else { return [member] }
      return member.type.unmodified.map { flattened($0, at: member.bitOffset, depth: depth + 1) } ?? []
    }
  }
}

// MARK: - Stored

extension StructureMember {
  /// The name of the stored property. A Boolean is stored as a byte, as in C.
  private var storedName: String { form.kind == .boolean ? "_\(name)" : escaped }

  func writeStored(to source: inout SourceText) {
    guard form.kind == .boolean else {
      source.line("/// `\(cName.forComment)`")
      return source.line("var \(escaped): \(form.name)")
    }
    source.line("private var \(storedName): UInt8")
    source.line("/// `\(cName.forComment)`")
    source.block("var \(escaped): Bool") { source in
      source.line("get { \(storedName) != 0 }")
      source.line("set { \(storedName) = newValue ? 1 : 0 }")
    }
  }

  func writeAssignment(to source: inout SourceText) {
    source.line("self.\(storedName) = \(escaped)" + (form.kind == .boolean ? " ? 1 : 0" : ""))
  }

  func writeComparison(to source: inout SourceText) {
    guard case .array(let dimensions) = form.kind else {
      return source.line("if left.\(escaped) != right.\(escaped) { return false }")
    }
    writeLoops(over: dimensions, to: &source) { source, subscripts in
      source.line("if left.\(escaped)\(subscripts) != right.\(escaped)\(subscripts) { return false }")
    }
  }

  func writeHashing(to source: inout SourceText) {
    guard case .array(let dimensions) = form.kind else {
      return source.line("hasher.combine(self.\(escaped))")
    }
    writeLoops(over: dimensions, to: &source) { source, subscripts in
      source.line("hasher.combine(self.\(escaped)\(subscripts))")
    }
  }

  /// Writes loops over all elements of an array around a line that uses the subscripts.
  private func writeLoops(
    over dimensions: [Int], to source: inout SourceText, subscripts: String = "",
    _ line: (inout SourceText, String) -> Void
  ) {
    guard let count = dimensions.first else { return line(&source, subscripts) }
    let index = "index\(dimensions.count)"
    source.block("for \(index) in 0..<\(count)") { source in
      writeLoops(
        over: Array(dimensions.dropFirst()), to: &source, subscripts: "\(subscripts)[\(index)]", line)
    }
  }
}

// MARK: - Computed

extension StructureMember {
  func writeComputed(to source: inout SourceText) {
    source.gap()
    source.line("/// `\(cName.forComment)`")
    let access = bitCount.map(bitField) ?? bytes
    source.block("var \(escaped): \(form.name)") { source in
      source.line("get { \(access.get) }")
      source.line("set { \(access.set) }")
    }
  }

  private var bytes: (get: String, set: String) {
    form.kind == .boolean
      ? (
        "storage.load(UInt8.self, at: \(offset)) != 0",
        "storage.store((newValue ? 1 : 0) as UInt8, at: \(offset))"
      )
      : ("storage.load(at: \(offset))", "storage.store(newValue, at: \(offset))")
  }

  private func bitField(_ count: Int) -> (get: String, set: String) {
    let arguments = "at: \(bitOffset), count: \(count)"
    func set(_ number: String) -> String { "storage.setBits(\(arguments), to: \(number))" }
    switch form.kind {
    case .boolean: return ("storage.bits(\(arguments)) != 0", set("newValue ? 1 : 0"))
    case .signed:
      return (
        "\(form.name)(truncatingIfNeeded: storage.signedBits(\(arguments)))",
        set("UInt64(truncatingIfNeeded: newValue)")
      )
    case .enumeration(let raw):
      let bits = raw.hasPrefix("U") ? "bits" : "signedBits"
      return (
        "\(form.name)(rawValue: \(raw)(truncatingIfNeeded: storage.\(bits)(\(arguments))))",
        set("UInt64(truncatingIfNeeded: newValue.rawValue)")
      )
    case .plain, .array:
      return (
        "\(form.name)(truncatingIfNeeded: storage.bits(\(arguments)))",
        set("UInt64(truncatingIfNeeded: newValue)")
      )
    }
  }
}
