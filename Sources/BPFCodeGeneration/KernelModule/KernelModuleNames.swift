//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// How user space names what a kernel module declares: by the module's own types.

extension KernelModule {
  /// The name of the object and of the type of its accessors: the module's without `Kernel`.
  package var objectName: String {
    let suffix = "Kernel"
    return name.hasSuffix(suffix) && name != suffix ? String(name.dropLast(suffix.count)) : name
  }

  /// The texts of the types that user space shares with the programs: of keys, values, records and variables.
  package var sharedTypes: [String] {
    let maps = maps + maps.compactMap(\.innerMap)
    let types = maps.flatMap { [$0.elementTypes.key, $0.elementTypes.value, $0.recordType] }.compactMap { $0 }
    return (types + variables.map(\.valueType)).map(\.text)
  }

  /// The modules that the accessors need besides the library.
  var imports: [String] {
    // Names of types begin with their modules.
    let modules = Set(
      sharedTypes.flatMap(\.typeNames).compactMap { $0.split(separator: ".").first.map(String.init) })
    // The library has the network types.
    return [name] + modules.subtracting([name, "Swift", "__C", "NetworkTypes"]).sorted()
  }
}

extension KernelModule {
  /// Returns a type as the accessors write it; nil if they cannot name it.
  func accessibleText(_ type: SwiftType) -> String? {
    guard !type.isPrivate, !type.text.contains("__C."), internalTypes.isDisjoint(with: type.text.typeNames)
    else { return nil }
    return type.text.replacing(#/\bNetworkTypes\./#, with: "BPF.")
  }

  /// Returns the map of a name if the accessors can name all of its types.
  func accessibleMap(_ name: String) -> KernelMap? {
    maps.first { map in
      let (key, value) = map.elementTypes
      return map.name == name
        && [key, value, map.recordType].compactMap { $0 }.allSatisfy { accessibleText($0) != nil }
    }
  }
}

extension KernelMap {
  /// The name of the pointer that keeps the type of the records in an object's BTF.
  var recordSymbol: String { name + "_record" }
}

extension KernelModule {
  /// Returns whether accessors can name the type of the records that a symbol keeps.
  func declaresRecord(ofSymbol symbol: String) -> Bool {
    maps.contains { $0.recordSymbol == symbol && accessibleMap($0.name) != nil }
  }
}

extension String {
  /// The qualified names in the text of a type.
  fileprivate var typeNames: [String] {
    split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." }.filter { $0.contains(".") }
      .map(String.init)
  }
}

extension KernelModule {
  /// Returns the representation of a variable's value in the module's own types; nil if the accessors cannot name them.
  func form(ofVariable name: String) -> SwiftForm? {
    guard let variable = variables.first(where: { $0.name == name }),
      let text = accessibleText(variable.valueType)
    else { return nil }
    let kind: SwiftForm.Kind = variable.valueType.name == "Swift.Bool" ? .boolean : .plain
    return SwiftForm(
      name: text, kind: kind, size: variable.bytes.count, alignment: variable.alignment, zero: "0")
  }
}
