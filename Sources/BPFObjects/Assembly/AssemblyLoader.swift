//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
internal import BTF

/// Loads a program from assembled instructions, with the verifier's part of a `ProgramLoader`.
struct AssemblyLoader {
  private let definition: ProgramDefinition
  private let kernel = KernelTypes()
  private let loader: ProgramLoader

  init(_ definition: ProgramDefinition, license: String, _ options: LoadOptions) throws(BPFError) {
    self.definition = definition
    let file = ObjectFile(name: definition.name, license: license)
    loader = try ProgramLoader(
      file, maps: [:], externs: ResolvedExterns(file, kernel, options), types: nil, kernel: kernel,
      operations: [:], options: options)
  }

  /// Returns the verified program, with the verifier log if one was requested.
  func load(_ assembled: Assembly.Assembled) throws(BPFError) -> ProgramLoader.Prepared {
    guard !assembled.instructions.isEmpty else {
      throw loader.failure(definition, .invalidArgument, "it has no instructions")
    }
    var instructions = assembled.instructions
    var descriptors = DescriptorList()
    // Keeps the types of modules open.
    var modules: [BTFHandle] = []
    for (index, name) in assembled.kernelFunctions {
      let found = try kernelFunction(name)
      instructions[index].immediate = Int32(truncatingIfNeeded: found.type.id)
      instructions[index].offset = found.module.map { descriptors.index(of: $0) } ?? 0
      if let module = found.module { modules.append(module) }
    }
    defer { withExtendedLifetime(modules) {} }
    let target = try TargetProgram(definition, loader.file, kernel, [:])
    var request = loader.request(definition, target)
    request.instructions = instructions.map(\.encoded)
    request.descriptors = descriptors.numbers
    guard assembled.hasCallbacks else { return try verify(request, target, assembled) }
    let types = try AssemblyTypes(assembled, name: definition.name, token: loader.options.token)
    (request.btf, request.functionInfo) = (types.borrowed, types.functionInfo)
    let verified = try verify(request, target, assembled)
    // The kernel keeps the types of a loaded program.
    withExtendedLifetime(types) {}
    return verified
  }

  private func verify(
    _ request: BPFCommand.ProgramLoad, _ target: TargetProgram, _ assembled: Assembly.Assembled
  ) throws(BPFError) -> ProgramLoader.Prepared {
    let prepared = ProgramLoader.Prepared(
      definition: definition, request: request, target: target, unresolved: [],
      usesVariables: assembled.usesMapValues, unusedConstants: [])
    try loader.verify(prepared)
    return prepared
  }

  private func kernelFunction(_ name: String) throws(BPFError) -> KernelTypes.Found {
    let found = try KernelTypes.needed(for: "the kfunc '\(name)', which the program calls") {
      () throws(BPFError) in try kernel.find(.function, named: name)
    }
    guard let found else {
      throw loader.failure(
        definition, .notFound, "the kernel has no kfunc '\(name)', which the program calls")
    }
    return found
  }
}
