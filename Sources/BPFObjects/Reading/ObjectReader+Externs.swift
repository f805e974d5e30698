//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import ELF

extension ObjectReader {
  /// Reads the externs.
  mutating func readExterns() throws(BPFError) {
    let symbols = elf.symbols.filter(\.isExternal)
    guard !symbols.isEmpty else { return }
    var declared: [String: (variable: BTFType, section: String)] = [:]
    for name in [".kconfig", ".ksyms"] {
      for entry in layout(named: name)?.variables ?? [] where entry.linkage == .external {
        declared[entry.name] = (entry.variable, name)
      }
    }
    for symbol in symbols {
      guard let (variable, section) = declared[symbol.name] else {
        throw .malformedObject(
          "'\(symbol.name)' is defined nowhere: neither in the object, nor by the kernel (__ksym, __kconfig)")
      }
      externs.append(try extern(symbol, variable, isConfiguration: section == ".kconfig"))
    }
    try placeConfiguration()
    placeKernelSymbols()
  }

  private func extern(
    _ symbol: ELFFile.Symbol, _ variable: BTFType, isConfiguration: Bool
  ) throws(BPFError) -> ExternDefinition {
    let type = variable.kind == .function ? variable : variable.target?.unmodified
    func definition(_ kind: ExternDefinition.Kind, _ type: BTFType?, size: Int = 0) -> ExternDefinition {
      ExternDefinition(
        name: symbol.name, kind: kind, type: type, isWeak: symbol.binding == .weak, offset: 0, size: size)
    }
    switch (variable.kind, isConfiguration) {
    case (.function, false): return definition(.function, variable)
    case (.variable, false):
      return type?.kind == .void ? definition(.symbol, nil) : definition(.variable, type)
    case (.variable, true):
      guard let type, ObjectReader.holdsOption(type), let size = type.byteCount else {
        throw .unsupportedObject(
          "the option '\(symbol.name)' has a type that no option of the kernel has: neither a Boolean, an integer, "
            + "an array of characters nor 'enum libbpf_tristate'")
      }
      return definition(.configuration, type, size: size)
    default: throw .malformedObject("'\(symbol.name)' is neither a variable nor a function")
    }
  }

  /// Whether a configuration option can have the type.
  private static func holdsOption(_ type: BTFType) -> Bool {
    switch type.kind {
    case .int: type.integer?.isBoolean == true ? type.byteCount == 1 : [1, 2, 4, 8].contains(type.byteCount)
    case .enumeration, .enumeration64: type.name == "libbpf_tristate" && type.byteCount == 4
    case .array:
      type.elementCount > 0 && type.elementCount <= 4096 && type.target?.unmodified?.kind == .int
        && type.target?.unmodified?.byteCount == 1
        && type.target?.unmodified?.integer?.isBoolean == false
    default: false
    }
  }

  /// Creates the `.kconfig` map, ordered by descending alignment, then ascending size.
  private mutating func placeConfiguration() throws(BPFError) {
    let options = externs.indices.filter { externs[$0].kind == .configuration }
    guard !options.isEmpty, let layout = layouts.firstIndex(where: { $0.name == ".kconfig" }) else { return }
    func order(_ option: ExternDefinition) -> (Int, Int, String) {
      (-(option.type?.alignment ?? 1), option.size, option.name)
    }
    var (end, offsets) = (0, [String: Int]())
    for index in options.sorted(by: { order(externs[$0]) < order(externs[$1]) }) {
      let option = externs[index]
      let alignment = option.type?.alignment ?? 1
      let offset = (end + alignment - 1) / alignment * alignment
      externs[index] = ExternDefinition(
        name: option.name, kind: option.kind, type: option.type, isWeak: option.isWeak, offset: offset,
        size: option.size)
      (end, offsets[option.name]) = (offset + option.size, offset)
    }
    layouts[layout].byteCount = end
    for index in layouts[layout].variables.indices {
      layouts[layout].variables[index].byteOffset = offsets[layouts[layout].variables[index].name] ?? 0
    }
    layouts[layout].variables.sort { $0.byteOffset < $1.byteOffset }
    var map = MapDefinition(
      name: ".kconfig", kind: .configuration, type: .array, keySize: 4, valueSize: end, maxEntries: 1,
      flags: [.readOnlyProgram, .mmapable])
    map.valueTypeID = layouts[layout].typeID
    maps.append(map)
  }

  /// Gives each kernel symbol four bytes of `.ksyms`, which only the kernel's BTF check needs.
  private mutating func placeKernelSymbols() {
    guard let layout = layouts.firstIndex(where: { $0.name == ".ksyms" }) else { return }
    for index in layouts[layout].variables.indices { layouts[layout].variables[index].byteOffset = 4 * index }
    layouts[layout].byteCount = 4 * layouts[layout].variables.count
  }
}
