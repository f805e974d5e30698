//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// A member of a structure or union, with those of members that have no name themselves.
struct StructureMember {
  /// The name in Swift, without backticks.
  let name: String
  /// How its value is stored.
  let form: SwiftForm
  /// Bits from the beginning of the structure.
  let bitOffset: Int
  /// For a bit-field, how many bits.
  let bitCount: Int?

  private let cName: String

  /// Bytes from the beginning of the structure.
  var offset: Int { bitOffset / 8 }

  /// The name as it stands in a source.
  var escaped: String { SwiftName.escaped(name) }

  /// The members of a type, each with a name that no other has.
  static func all(of type: BTFType, named name: String, in catalog: inout TypeCatalog) -> [StructureMember] {
    var scope = NameScope(reserved: ["hashValue", "init", "self", "storage"])
    return flattened(type, at: 0, depth: 0).compactMap { member in
      // A member without a size, such as an array of any length at the end, takes no part in the value.
      guard (member.bitCount ?? 0) <= 64,
        let form = catalog.form(of: member.type, in: "\(name)_\(member.name)")
      else { return nil }
      return StructureMember(
        name: scope.claim(SwiftName.member(member.name)), form: form, bitOffset: member.bitOffset,
        bitCount: member.bitCount, cName: member.name)
    }
  }

  private init(name: String, form: SwiftForm, bitOffset: Int, bitCount: Int?, cName: String) {
    (self.name, self.form, self.cName) = (name, form, cName)
    (self.bitOffset, self.bitCount) = (bitOffset, bitCount)
  }

  /// The members that have a name, whoever's they are.
  private static func flattened(_ type: BTFType, at bitOffset: Int, depth: Int) -> [BTFType.Member] {
    // Deeper ones can only be members of themselves.
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
  /// The name of the stored property; a Boolean is stored as the byte that it is in C.
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
    writeLoops(over: dimensions, to: &source) { source, place in
      source.line("if left.\(escaped)\(place) != right.\(escaped)\(place) { return false }")
    }
  }

  func writeHashing(to source: inout SourceText) {
    guard case .array(let dimensions) = form.kind else {
      return source.line("hasher.combine(self.\(escaped))")
    }
    writeLoops(over: dimensions, to: &source) { source, place in
      source.line("hasher.combine(self.\(escaped)\(place))")
    }
  }

  /// Loops over all elements of an array, of which a line says something.
  private func writeLoops(
    over dimensions: [Int], to source: inout SourceText, place: String = "",
    _ line: (inout SourceText, String) -> Void
  ) {
    guard let count = dimensions.first else { return line(&source, place) }
    let index = "index\(dimensions.count)"
    source.block("for \(index) in 0..<\(count)") { source in
      writeLoops(over: Array(dimensions.dropFirst()), to: &source, place: "\(place)[\(index)]", line)
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
    let place = "at: \(bitOffset), count: \(count)"
    func set(_ number: String) -> String { "storage.setBits(\(place), to: \(number))" }
    switch form.kind {
    case .boolean: return ("storage.bits(\(place)) != 0", set("newValue ? 1 : 0"))
    case .signed:
      return (
        "\(form.name)(truncatingIfNeeded: storage.signedBits(\(place)))",
        set("UInt64(truncatingIfNeeded: newValue)")
      )
    case .enumeration(let raw):
      let bits = raw.hasPrefix("U") ? "bits" : "signedBits"
      return (
        "\(form.name)(rawValue: \(raw)(truncatingIfNeeded: storage.\(bits)(\(place))))",
        set("UInt64(truncatingIfNeeded: newValue.rawValue)")
      )
    case .plain, .array:
      return (
        "\(form.name)(truncatingIfNeeded: storage.bits(\(place)))",
        set("UInt64(truncatingIfNeeded: newValue)")
      )
    }
  }
}
