//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFCodeGeneration
internal import Foundation

extension KernelModuleCompiler {
  /// Returns C declarations of the Swift types in a module's maps and variables. The compiler tells their layouts.
  ///
  /// Sets which of the module's types are internal.
  func declarations(of module: inout KernelModule) throws -> SwiftTypeLayoutDeclarations {
    let files =
      [folder.appending(path: "\(arguments.module.name).symbols.json")]
      + arguments.imports.map { imports.appending(path: "\($0.name).symbols.json") }
    let graphs = try files.map { file in
      try SwiftTypeLayoutGraph(json: Array(Data(contentsOf: file))) { source in
        URL(string: source).flatMap { try? String(contentsOf: $0, encoding: .utf8) }
      }
    }
    let members = SwiftTypeLayoutMembers(graphs, demangled: try demangled(graphs.flatMap(\.mangledNames)))
    module.internalTypes = members.internalTypes
    let plan = try SwiftTypeLayoutPlan(
      module.sharedTypes, module: module.name, imports: arguments.imports.map(\.name), members)
    let object = plan.probe.isEmpty ? [] : try compile(plan.probe)
    return SwiftTypeLayoutDeclarations(try SwiftTypeLayouts(plan, probe: object))
  }

  /// Compiles functions that return sizes and offsets, together with the module. Returns their object, which is only read.
  private func compile(_ probe: SwiftTypeLayoutProbe) throws -> [UInt8] {
    try Data(probe.swiftSource.utf8).write(to: folder.appending(path: "layouts.swift"))
    try Data(probe.cSource.utf8).write(to: folder.appending(path: "layouts.c"))
    var options = swiftOptions(isChecked: false, imports: imports)
    options.others += SwiftTypeLayoutProbe.swiftOptions
    let name = arguments.module.name
    try FileManager.default.createDirectory(
      at: folder.appending(path: "layouts"), withIntermediateDirectories: true)
    try run(
      arguments.swiftc,
      KernelToolchain.bitcode(
        name, arguments.module.sources + [path("layouts.swift")], to: path("layouts.bc"), in: path("layouts"),
        options))
    try run(
      arguments.clang,
      KernelToolchain.object(
        "layouts.c", whole: [], needed: [path("layouts.bc")], to: path("layouts.o"), cOptions))
    return try bytes("layouts.o")
  }
}
