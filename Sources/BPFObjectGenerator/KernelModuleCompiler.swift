//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFCodeGeneration
internal import BPFObjects
internal import Foundation

/// Compiles a kernel module for BPF and generates its accessors.
struct KernelModuleCompiler {
  let arguments: KernelModuleArguments
  /// A folder for the files between the steps.
  let folder: URL
  /// The folder of the compiled modules that the module imports.
  let imports: URL
  let flags: KernelModuleFlags

  /// Compiles and writes the object and the Swift file. Removes all other files, whatever happens.
  static func run(_ arguments: KernelModuleArguments) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "swift-bpf-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let flags = KernelModuleFlags(arguments.options)
    let key = try ImportKey(arguments, flags)
    let compiler = KernelModuleCompiler(
      arguments: arguments, folder: folder,
      imports: URL(filePath: arguments.cache).appending(path: "imports-\(key)"), flags: flags)
    try compiler.compile()
  }

  private func compile() throws {
    // The compiler reads the sources for line information by these names.
    for source in folders {
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: source.name), withDestinationURL: URL(filePath: source.path))
    }
    try compileImports()
    try compileSwift()
    var module = try description()
    guard !isShared(module) else {
      let text = "// \(module.name) has no programs.\n"
      return try Data(text.utf8).write(to: URL(filePath: arguments.swift), options: .atomic)
    }
    try check(module)
    let types = try declarations(of: &module)
    let traps = try flags.isChecked ? trapPlaces() : nil
    let object = try link(module, types)
    try write(module, object, traps)
  }
}

// MARK: - Steps

extension KernelModuleCompiler {
  /// Compiles the module to `module.bc`.
  private func compileSwift() throws {
    try run(
      arguments.swiftc,
      KernelToolchain.bitcode(
        arguments.module.name, arguments.module.sources, to: path("module.bc"), in: folder.path,
        swiftOptions(isChecked: flags.isChecked, imports: imports)))
  }

  /// Reads the module's programs, maps and variables.
  private func description() throws -> KernelModule {
    try run(arguments.clang, KernelToolchain.description(of: path("module.bc"), to: path("module.o")))
    let symbols = try ModuleSymbols(bytes("module.o"))
    let names = symbols.symbols.map(\.name).filter { $0.hasPrefix("$") }
    return KernelModule(arguments.module.name, symbols, demangled: try demangled(names))
  }

  /// Returns whether the module has types and functions only, which other kernel modules share.
  private func isShared(_ module: KernelModule) -> Bool {
    module.isEmpty && arguments.cSources.isEmpty
  }

  /// Throws if the module has no programs, or one with a wrong declaration. Contexts are types of BPFKernel.
  private func check(_ module: KernelModule) throws {
    guard !module.programs.isEmpty || !module.problems.isEmpty || !arguments.cSources.isEmpty else {
      throw GeneratorError(
        "\(arguments.module.folder): error: the module has no programs: declare a function with @section(\"xdp\"), or the "
          + "section of another program type")
    }
    guard arguments.imports.contains(where: { $0.name == "BPFKernel" }) else { return }
    let problems =
      module.problems
      + module.programs.compactMap { program in
        ProgramKind.problem(of: program).map { KernelModule.Problem(symbol: program.symbol, text: $0) }
      }
    guard !problems.isEmpty else { return }
    let text = bitcodeText()
    throw GeneratorError(
      problems.map { problem in
        let location = text?.location(ofFunction: problem.symbol)
        let file = location.map { "\($0.file.dropFirst(module.name.count)):\($0.line)" } ?? ""
        return "\(arguments.module.folder)\(file): error: \(problem.text)"
      }.joined(separator: "\n"))
  }

  /// Compiles C and the module's bitcode to one object.
  private func link(_ module: KernelModule, _ types: SwiftTypeLayoutDeclarations) throws -> [UInt8] {
    let options = cOptions
    let whole = try arguments.cSources.enumerated().map {
      try compileC($1, "source\($0).bc", warns: true, options)
    }
    var bodies = try arguments.cBodies.enumerated().map { try compileC($1, "body\($0).bc", options) }
    let accesses = KernelTypeBodies(symbols: module.undefinedSymbols)
    if !accesses.isEmpty {
      try Data(accesses.source.utf8).write(to: folder.appending(path: "accesses.c"))
      bodies.append(try compileC("accesses.c", "accesses.bc", options))
    }
    let link = { (trapping: [TrappingProgram]?) throws in
      try Data(KernelSkeleton(module, trapping: trapping, types).source.utf8)
        .write(to: folder.appending(path: "programs.c"))
      try run(
        arguments.clang,
        KernelToolchain.object(
          "programs.c", whole: whole, needed: [path("module.bc")] + bodies, to: path("linked.o"), options))
      return try finish(trapping ?? [])
    }
    return try flags.isChecked ? linkChecked(module, link) : link(nil)
  }

  /// Repairs the BTF of the linked object, and removes what the kernel does not need.
  private func finish(_ trapping: [TrappingProgram]) throws -> [UInt8] {
    let linked = try bytes("linked.o")
    let symbols = try ModuleSymbols(linked)
    let btf = try KernelModuleBTF(linked, symbols, trapping: trapping)
    let undefined = symbols.undefined.filter { !$0.isEmpty && !btf.externs.contains($0) }
    guard undefined.isEmpty else {
      throw refused(
        undefined.map { "error: the kernel has no function '\($0)'\n" }.joined())
    }
    try Data(btf.bytes).write(to: folder.appending(path: "btf"))
    try run(
      tool("llvm-objcopy"),
      KernelToolchain.finished(path("linked.o"), btf: path("btf"), to: path("finished.o")))
    return try bytes("finished.o")
  }

  private func compileC(
    _ source: String, _ name: String, warns: Bool = false, _ options: KernelToolchain.COptions
  ) throws -> String {
    try run(
      arguments.clang, KernelToolchain.bodies(source, to: path(name), warns: warns, options), warns: warns)
    return path(name)
  }

  /// - Parameter traps: the places of traps; nil for a module without checks.
  private func write(_ module: KernelModule, _ object: [UInt8], _ traps: TrapPlaces?) throws {
    let file = try ObjectFile(bytes: object, name: module.objectName)
    let declaration = ObjectDeclaration(
      file, of: module, trapPlaces: traps?.places, embedded: Data(object).base64EncodedString())
    try Data(object).write(to: URL(filePath: arguments.object), options: .atomic)
    try Data(declaration.source.utf8).write(to: URL(filePath: arguments.swift), options: .atomic)
  }
}

// MARK: - Files and processes

extension KernelModuleCompiler {
  /// - Parameter imports: the folder of compiled modules.
  func swiftOptions(isChecked: Bool, imports: URL) -> KernelToolchain.SwiftOptions {
    KernelToolchain.SwiftOptions(
      isChecked: isChecked, imports: [imports.path], headers: arguments.headers, folders: folders,
      cache: arguments.cache, others: flags.swift)
  }

  var cOptions: KernelToolchain.COptions {
    KernelToolchain.COptions(
      headers: arguments.headers + arguments.cModules.map(\.includes) + [arguments.module.folder],
      architecture: arguments.architecture, folders: folders + bodyFolders + headerFolders, others: flags.c)
  }

  private var folders: [KernelToolchain.Folder] {
    ([arguments.module] + arguments.imports).map {
      KernelToolchain.Folder(name: $0.name, path: $0.folder)
    } + arguments.cModules.map { KernelToolchain.Folder(name: $0.name, path: $0.includes) }
  }

  /// The folders of C bodies, with which the paths of headers begin that a body includes by a relative path.
  private var bodyFolders: [KernelToolchain.Folder] {
    Set(arguments.cBodies.map { URL(filePath: $0).deletingLastPathComponent().path }).sorted().map {
      KernelToolchain.Folder(name: URL(filePath: $0).lastPathComponent, path: $0)
    }
  }

  private var headerFolders: [KernelToolchain.Folder] {
    arguments.headers.map {
      KernelToolchain.Folder(name: URL(filePath: $0).lastPathComponent, path: $0)
    }
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  /// A tool of the same toolchain as the Swift compiler.
  private func tool(_ name: String) -> String {
    URL(filePath: arguments.swiftc).deletingLastPathComponent().appending(path: name).path
  }

  /// Runs a compiler, and returns its output.
  ///
  /// - Parameter warns: whether to write its warnings to standard error.
  @discardableResult
  func run(
    _ compiler: String, _ arguments: [String], input: String = "", warns: Bool = false
  ) throws -> String {
    let outcome = try CompilerProcess(path: compiler, folder: folder).run(arguments, input: input)
    guard outcome.status == 0 else {
      let name = URL(filePath: compiler).lastPathComponent
      let error = refused(outcome.messages)
      guard error.description.isEmpty else { throw error }
      throw GeneratorError(
        "\(self.arguments.module.folder): error: '\(name)' failed with status \(outcome.status)")
    }
    if warns { FileHandle.standardError.write(Data(outcome.messages.utf8)) }
    return outcome.output
  }

  /// Returns the declarations of mangled names, by the names.
  func demangled(_ names: [String]) throws -> [String: String] {
    let output = try run(tool("swift-demangle"), ["--compact"], input: names.joined(separator: "\n") + "\n")
    let texts = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    return Dictionary(zip(names, texts)) { first, _ in first }
  }

  /// Returns the error for messages of a compiler, with Swift's own names and locations.
  private func refused(_ messages: String) -> GeneratorError {
    let demangler = CompilerProcess(path: tool("swift-demangle"), folder: folder)
    let readable = (try? demangler.run(["--compact"], input: messages))?.output ?? messages
    let text = CompilerMessages(readable).rewritten(
      module: arguments.module.name, folder: arguments.module.folder, bitcode: bitcodeText)
    return GeneratorError(text.hasSuffix("\n") ? String(text.dropLast()) : text)
  }

  /// Returns the module's bitcode as text; nil if it was not compiled.
  private func bitcodeText() -> BitcodeText? {
    let clang = CompilerProcess(path: arguments.clang, folder: folder)
    let outcome = try? clang.run(KernelToolchain.text(of: path("module.bc"), to: path("module.ll")))
    guard outcome?.status == 0, let text = try? bytes("module.ll") else { return nil }
    return BitcodeText(String(decoding: text, as: UTF8.self), folder: arguments.module.name)
  }
}
