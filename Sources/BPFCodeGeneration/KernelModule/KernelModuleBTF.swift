//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
internal import BTF
internal import ELF

/// The BTF of an object that was compiled from bitcode of Swift, repaired so that the kernel accepts it.
///
/// clang describes Swift's functions as C functions without a prototype, and closures without a name.
package struct KernelModuleBTF {
  /// The repaired BTF section.
  package private(set) var bytes: [UInt8]
  /// The names of kfuncs and variables that the kernel defines.
  package let externs: Set<String>

  /// - Parameters:
  ///   - object: the object.
  ///   - symbols: its symbols.
  ///   - trapping: the programs to tag with the callbacks that count their traps.
  package init(
    _ object: [UInt8], _ symbols: ModuleSymbols, trapping: [TrappingProgram] = []
  ) throws(BPFError) {
    let file = ELFBytes(object)
    let header = try ELFHeader(file)
    let reader = header.format.reader(object)
    let sections = try header.sections(in: file)
    let names = header.nameSection(of: sections).flatMap { reader.part($0.offset, $0.byteCount) }
    guard
      let section = sections.first(where: { names?.name($0.name) == ".BTF" }),
      let contents = reader.part(section.offset, section.byteCount)
    else { throw file.malformed("the object has no BTF") }
    let types = try BTFTypes(KernelModuleBTF.withoutStrayPrototypes(Array(contents.slice)))
    var builder = BTFBuilder(copying: types)
    let externIDs = builder.definitions.indices.filter { builder.definitions[$0].isExternal }
      .map { $0 + builder.firstID }
    externs = Set(externIDs.compactMap { builder[$0]?.name })
    // Symbols of Swift begin with `$`.
    let declaredInC = symbols.symbols.filter { $0.isFunction && !$0.name.hasPrefix("$") }.map(\.name)
    try KernelModuleBTF.repairFunctions(&builder, declaredInC: Set(declaredInC))
    try KernelModuleBTF.repairTrap(&builder)
    KernelModuleBTF.tag(trapping, in: &builder)
    _ = builder.repair()
    // The loader looks for these in the kernel, before it repairs them itself.
    for id in externIDs { try builder.setLinkage(.external, of: id) }
    bytes = try builder.encoded(keepingNamesOf: types)
  }

  private static func repairFunctions(
    _ builder: inout BTFBuilder, declaredInC: Set<String>
  ) throws(BPFError) {
    let first = builder.firstID
    let functions = builder.definitions.indices.filter { index in
      let definition = builder.definitions[index]
      guard case .function(let prototype, let linkage) = definition.shape, linkage != .external else {
        return false
      }
      // A function in Swift can have the name of one in C.
      return !declaredInC.contains(definition.name) || isEmpty(builder[prototype])
    }
    guard !functions.isEmpty else { return }
    // The verifier does not compare the prototype of a static function with its calls.
    let int = builder.definitions.firstIndex {
      if case .int(4, let encoding) = $0.shape { encoding.isSigned } else { false }
    }
    let prototype = builder.add(
      .functionPrototype(result: int.map { first + $0 } ?? 0, parameters: []))
    for index in functions {
      try builder.update(first + index) { definition in
        definition.shape = .function(prototype: prototype, .static)
        if definition.name.isEmpty { definition.name = "closure" }
      }
    }
  }

  /// Makes the function that traps call static, so that the verifier sees that it does not return. It takes a global function
  /// to return, whatever it does.
  private static func repairTrap(_ builder: inout BTFBuilder) throws(BPFError) {
    for index in builder.definitions.indices
    where builder.definitions[index].name == KernelToolchain.trapFunction {
      try builder.update(builder.firstID + index) { definition in
        guard case .function(let prototype, _) = definition.shape else { return }
        definition.shape = .function(prototype: prototype, .static)
      }
    }
  }

  /// Names the callbacks of programs in declaration tags.
  private static func tag(_ programs: [TrappingProgram], in builder: inout BTFBuilder) {
    let tags = Dictionary(programs.map { ($0.name, $0.tag) }) { first, _ in first }
    for index in builder.definitions.indices {
      let definition = builder.definitions[index]
      guard case .function = definition.shape, let tag = tags[definition.name] else { continue }
      builder.add(tag, .declarationTag(on: builder.firstID + index))
    }
  }

  /// Returns a BTF section in which functions refer to a prototype, or to `void` if they referred to anything else, such as a
  /// number that is no type's. Reading it would fail otherwise.
  private static func withoutStrayPrototypes(_ section: [UInt8]) -> [UInt8] {
    let reader = ByteReader(section, isSwapped: false)
    guard let header = reader.word(4), let start = reader.word(8), let count = reader.word(12) else {
      return section
    }
    var kinds: [Int] = [0]
    var functions: [Int] = []
    var offset = header + start
    while offset < header + start + count, let info = reader.word(offset + 4) {
      let (kind, members) = (info >> 24 & 31, info & 0xffff)
      if kind == 12 { functions.append(offset + 8) }
      kinds.append(kind)
      offset += 12 + (sizeOfKind[kind] ?? 0) + (sizeOfMember[kind] ?? 0) * members
    }
    var section = section
    for reference in functions {
      let target = reader.word(reference) ?? 0
      // BTF_KIND_FUNC_PROTO.
      guard !kinds.indices.contains(target) || kinds[target] != 13 else { continue }
      for index in 0..<4 { section[reference + index] = 0 }
    }
    return section
  }

  /// The size of what follows a type of a kind, and of each of its members (`btf.h`).
  private static let sizeOfKind = [1: 4, 3: 12, 14: 4, 17: 4]
  private static let sizeOfMember = [4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12]

  /// Whether a type is not a prototype with a result or parameters.
  private static func isEmpty(_ prototype: BTFDefinition?) -> Bool {
    guard case .functionPrototype(let result, let parameters) = prototype?.shape else { return true }
    return result == 0 && parameters.isEmpty
  }
}

extension BTFDefinition {
  fileprivate var isExternal: Bool {
    switch shape {
    case .function(_, .external), .variable(_, .external): true
    default: false
    }
  }
}
