//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import KernelTypeDeclarations

/// The C source that makes a BPF object of a kernel module's bitcode: its maps with their BTF, its variables, and programs
/// that call the functions of the module.
package struct KernelSkeleton {
  private let module: KernelModule
  /// The programs that can trap; nil if the module has no traps.
  private let trapping: [TrappingProgram]?
  /// The C declarations of the types of keys and values.
  private let types: SwiftTypeLayoutDeclarations

  /// - Parameters:
  ///   - trapping: the programs that can trap; nil if the module has no traps.
  ///   - types: the types of keys and values.
  package init(_ module: KernelModule, trapping: [TrappingProgram]?, _ types: SwiftTypeLayoutDeclarations) {
    (self.module, self.trapping, self.types) = (module, trapping, types)
  }

  /// The complete C source. It includes no header.
  package var source: String {
    var lines = [
      "#define __uint(name, value) int (*name)[value]",
      "#define __type(name, value) typeof(value) *name",
      "#define __array(name, value) typeof(value) *name[]",
      "#define SECTION(name) __attribute__((section(name), used))",
      "#define ALIAS(name) __attribute__((alias(name), visibility(\"hidden\")))",
      types.source,
    ]
    for map in module.maps { lines += declaration(of: map) }
    for variable in module.variables { lines += declaration(of: variable) }
    for program in module.programs { lines += definition(of: program) }
    lines.append(KernelToolchain.unusedSymbol + ";")
    if let trapping { lines += traps(of: trapping) }
    // C sources of the module may have a license of their own.
    lines.append(
      "__attribute__((weak)) char _license[] SECTION(\"license\") = \((module.license ?? "GPL").literal);")
    return lines.joined(separator: "\n") + "\n"
  }

  /// What ends a program that traps. The kernel calls the callback of the program with the number of the place.
  ///
  /// The declaration is weak, so that older kernels load programs that cannot trap.
  private func traps(of programs: [TrappingProgram]) -> [String] {
    [
      "extern void \(KernelToolchain.throwFunction)(unsigned long long) "
        + "__attribute__((weak, section(\".ksyms\")));",
      "__attribute__((noinline, weak)) int \(KernelToolchain.trapFunction)(void) "
        + "{ \(KernelToolchain.throwFunction)(0); return 0; }",
      "struct __traps { unsigned long long count, place; };",
    ]
      + programs.flatMap { program in
        [
          "__attribute__((visibility(\"hidden\"))) struct __traps \(program.variable);",
          "int \(program.callback)(unsigned long long place) { \(program.variable).place = place; "
            + "__sync_fetch_and_add(&\(program.variable).count, 1); return \(program.result); }",
        ]
      }
  }

  /// A name of the Swift symbol for something that C defines. No Swift name has a dollar sign.
  private func alias(_ name: String, _ symbol: String) -> String {
    "extern typeof(\(name)) \(name)$ __asm__(\(symbol.literal)) ALIAS(\(name.literal));"
  }
}

// MARK: - Maps

extension KernelSkeleton {
  private func declaration(of map: KernelMap) -> [String] {
    var members = members(of: map)
    if let inner = map.innerMap {
      members.append("__array(values, struct { \(self.members(of: inner).joined(separator: " ")) });")
    }
    var lines = [
      "struct { \(members.joined(separator: " ")) } \(map.name) SECTION(\".maps\");",
      alias(map.name, map.symbol),
    ]
    lines += sizeChecks(of: map)
    if let record = map.recordType.flatMap({ types.typeName(of: $0.text) }) {
      // As BPF_EXPORT_TYPE does: no map refers to the type.
      lines.append("static typeof(\(record)) *const \(map.recordSymbol) SECTION(\".bpf_export\") = 0;")
    }
    return lines
  }

  /// Compares the sizes in the descriptor, which Swift computes, with those of the C types.
  private func sizeChecks(of map: KernelMap) -> [String] {
    let (key, value) = map.elementTypes
    return zip([key, value], [map.keySize, map.valueSize]).compactMap { type, size in
      guard let type, size > 0, let name = types.typeName(of: type.text) else { return nil }
      return "_Static_assert(sizeof(\(name)) == \(size), \("the size of \(type.text)".literal));"
    }
  }

  private func members(of map: KernelMap) -> [String] {
    let (key, value) = map.elementTypes
    var members = ["__uint(type, \(map.type));"]
    if map.maxEntries > 0 { members.append("__uint(max_entries, \(map.maxEntries));") }
    if map.flags > 0 { members.append("__uint(map_flags, \(map.flags));") }
    if map.pinning > 0 { members.append("__uint(pinning, \(map.pinning));") }
    if map.extra > 0 {
      // Older loaders know only the short form.
      members.append(
        map.extra < 1 << 31
          ? "__uint(map_extra, \(map.extra));"
          : "enum { \(map.name)_extra = \(map.extra)ull } map_extra;")
    }
    let (c, d) = (key.flatMap { types.typeName(of: $0.text) }, value.flatMap { types.typeName(of: $0.text) })
    // The kernel takes both types or none.
    let isTyped = (map.keySize == 0 || c != nil) && (map.valueSize == 0 || d != nil)
    if map.keySize > 0 {
      members.append(isTyped ? "__type(key, \(c ?? ""));" : "__uint(key_size, \(map.keySize));")
    }
    guard map.valueSize > 0 else { return members }
    if isTyped, let d {
      members.append("__type(value, \(d));")
    } else {
      members.append("__uint(value_size, \(map.valueSize));")
    }
    return members
  }
}

// MARK: - Variables and programs

extension KernelSkeleton {
  private func declaration(of variable: KernelVariable) -> [String] {
    let (name, type) = (variable.name, variable.valueType.text)
    let cName = types.variableTypeName(of: type) ?? "unsigned char[\(variable.bytes.count)]"
    let value =
      variable.bytes.allSatisfy { $0 == 0 } ? nil : types.initializer(of: type, variable.bytes)
    return [
      "\(variable.isConstant ? "const volatile " : "")typeof(\(cName)) \(name) "
        + "__attribute__((aligned(\(variable.alignment))))\(value.map { " = " + $0 } ?? "");",
      alias(name, variable.symbol),
    ]
  }

  private func definition(of program: KernelProgram) -> [String] {
    let name = program.name
    return [
      "extern int \(name)$(void *) __asm__(\(program.symbol.literal));",
      "SECTION(\(program.section.literal)) int \(name)(void *context) "
        + "{ [[clang::always_inline]] return \(name)$(context); }",
    ]
  }
}
