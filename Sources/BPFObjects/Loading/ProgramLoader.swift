//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// Loads programs: links each, resolves its references, and passes it to the verifier.
///
/// Prepares all programs before verifying the first, and opens them after the last. Unresolved references are found
/// before verification starts, and the verifier's data stays in the processor's cache between programs.
struct ProgramLoader {
  let file: ObjectFile
  let maps: [String: MapHandle]
  let externs: ResolvedExterns
  let types: LoadedTypes?
  let kernel: KernelTypes
  let operations: [String: OperationsLayout]
  let options: LoadOptions

  /// The names of maps that will be created later. References to them get the descriptor 0.
  var expectedMaps: Set<String> = []

  /// The CO-RE relocator; nil if no program has CO-RE relocations.
  private var relocator: CORERelocator?

  private var linker: Linker

  /// Warnings about features that programs are loaded without.
  private(set) var warnings: [String] = []

  /// The maps of constants.
  private let constants: [(name: String, map: MapHandle)]

  init(
    _ file: ObjectFile, maps: [String: MapHandle], externs: ResolvedExterns, types: LoadedTypes?,
    kernel: KernelTypes, operations: [String: OperationsLayout], options: LoadOptions
  ) throws(BPFError) {
    (self.file, self.maps, self.externs, self.types) = (file, maps, externs, types)
    (self.kernel, self.operations, self.options) = (kernel, operations, options)
    linker = Linker(file.code)
    constants = file.maps.compactMap { definition in
      guard definition.kind == .readOnlyData, definition.exclusiveProgram == nil else { return nil }
      return maps[definition.name].map { (definition.name, $0) }
    }
    relocator = try ProgramLoader.relocator(file, kernel, options)
  }

  private static func relocator(
    _ file: ObjectFile, _ kernel: KernelTypes, _ options: LoadOptions
  ) throws(BPFError) -> CORERelocator? {
    guard let types = file.types, file.code.contains(where: { !$0.coreRelocations.isEmpty }) else {
      return nil
    }
    if let target = options.kernelTypes {
      return CORERelocator(local: types, target: target, targetName: "the BTF that was given")
    }
    let target = try KernelTypes.needed(
      for: "the object's CO-RE relocations, unless LoadOptions.kernelTypes gives others",
      KernelTypes.vmlinux)
    return CORERelocator(local: types, target: target, modules: kernel.moduleTypes)
  }

  /// A program with all references resolved, ready to load. A class, because copying its contents at each step is
  /// expensive.
  final class Prepared {
    let definition: ProgramDefinition
    /// The load request. Features that the kernel turns out to lack are removed from it.
    var request: BPFCommand.ProgramLoad
    /// The attach target; holds its program or module BTF open.
    let target: TargetProgram
    /// The poisoned instructions.
    let unresolved: [CORERelocator.Unresolved]
    /// Whether it uses global variables of the object, or options of the kernel's configuration.
    let usesVariables: Bool
    /// The maps of constants that the program does not reference, and that must be bound to it.
    let unusedConstants: [MapHandle]
    /// The program's descriptor, from verification until opening.
    var descriptor: OwnedDescriptor?
    /// The verifier log, if requested.
    var verifierLog: String?

    init(
      definition: ProgramDefinition, request: BPFCommand.ProgramLoad, target: TargetProgram,
      unresolved: [CORERelocator.Unresolved], usesVariables: Bool, unusedConstants: [MapHandle]
    ) {
      (self.definition, self.request, self.target) = (definition, request, target)
      (self.unresolved, self.usesVariables) = (unresolved, usesVariables)
      self.unusedConstants = unusedConstants
    }
  }

  /// Whether the kernel supports multi-uprobe links; false if the process may not probe for them.
  private func attachesToManyUprobes() throws(BPFError) -> Bool {
    do throws(BPFError) {
      return try KernelFacts.hasUprobeMulti()
    } catch {
      guard error.code == .permissionDenied else { throw error }
      return false
    }
  }

  /// Prepares a program for loading.
  mutating func prepare(_ given: ProgramDefinition) throws(BPFError) -> Prepared {
    var definition = given
    if definition.expectedAttachType == nil, definition.convention?.traits.contains(.usdtProbe) == true,
      try attachesToManyUprobes()
    {
      // A USDT probe has several locations; one multi-uprobe link covers them where supported.
      definition.expectedAttachType = .traceUprobeMulti
    }
    guard definition.type != .unspecified else {
      throw failure(
        definition, .invalidArgument,
        "its section '\(definition.sectionName)' does not determine a program type: set the program's type, or rename "
          + "the section, such as to 'xdp' or 'tracepoint/…'")
    }
    var linked = try file.linked(definition, by: &linker)
    try file.refuseAddresses(in: linked)
    if let leftOut = linked.leftOut {
      warnings.append("the program '\(definition.name)' is loaded without \(leftOut)")
    }
    let unresolved = try fit(&linked, definition)
    let target = try TargetProgram(definition, file, kernel, operations)
    var request = request(definition, target)
    var descriptors = DescriptorList()
    try resolve(&linked, definition, &descriptors)
    request.instructions = linked.instructions.map(\.encoded)
    request.descriptors = descriptors.numbers
    if types?.hasFunctions == true, !linked.functionInfo.isEmpty {
      request.btf = types?.borrowed
      request.functionInfo = linked.functionInfo.encoded
      request.lineInfo = linked.lineInfo.encoded
    }
    let unused = constants.filter { name, _ in
      !linked.references.contains { $0.reference.isTo(map: name) }
    }
    return Prepared(
      definition: definition, request: request, target: target, unresolved: unresolved,
      usesVariables: usesVariables(linked), unusedConstants: unused.map(\.map))
  }

  /// Returns the request to load a program, without its instructions.
  func request(_ definition: ProgramDefinition, _ target: TargetProgram) -> BPFCommand.ProgramLoad {
    var request = BPFCommand.ProgramLoad(type: definition.type.rawValue)
    request.name = definition.name.kernelName
    request.license = file.license
    request.flags = definition.flags.rawValue
    request.expectedAttachType = definition.expectedAttachType?.rawValue ?? 0
    request.kernelVersion = file.kernelVersion ?? 0
    request.token = options.token?.borrowed
    if let signature = definition.signature {
      (request.signature, request.keyring) = (signature.message, signature.keyring.rawValue)
    }
    request.attachBTFTypeID = UInt32(truncatingIfNeeded: target.typeID)
    request.attachTarget = target.descriptor
    if let index = target.memberIndex { request.expectedAttachType = UInt32(truncatingIfNeeded: index) }
    return request
  }

  private func usesVariables(_ program: LinkedProgram) -> Bool {
    program.references.contains { placed in
      switch placed.reference {
      case .mapValue: true
      case .extern(let name): file.externs[name]?.kind == .configuration
      default: false
      }
    }
  }

  /// Verifies a program and keeps its descriptor.
  func verify(_ program: Prepared) throws(BPFError) {
    // All descriptors in the request belong to the program, or to maps, externs and types that the loader holds.
    defer { withExtendedLifetime(program) { withExtendedLifetime(self) {} } }
    do throws(Refusal) {
      try submit(program)
    } catch {
      throw self.error(of: error, program)
    }
  }

  /// Creates the `Program` for a verified program.
  func open(_ prepared: Prepared) throws(BPFError) -> Program {
    guard let descriptor = prepared.descriptor.take() else {
      throw failure(prepared.definition, .invalidArgument, "it was not verified")
    }
    do throws(Errno) {
      let program = try Program(
        adopting: descriptor, prepared.definition, verifierLog: prepared.verifierLog)
      try keepConstants(prepared.unusedConstants, for: program)
      return program
    } catch {
      throw failure(prepared.definition, .system, errno: error, "")
    }
  }

  /// Applies CO-RE relocations to a program; returns those without an answer.
  private mutating func fit(
    _ linked: inout LinkedProgram, _ definition: ProgramDefinition
  ) throws(BPFError) -> [CORERelocator.Unresolved] {
    guard !linked.coreRelocations.isEmpty else { return [] }
    do throws(BPFError) {
      return try relocator?.apply(linked.coreRelocations, to: &linked.instructions) ?? []
    } catch {
      var error = error
      error.programName = definition.name
      throw error
    }
  }

  func failure(
    _ definition: ProgramDefinition, _ code: BPFError.Code, errno: Errno? = nil, _ explanation: String
  ) -> BPFError {
    BPFError(.load, code, errno: errno, .program(name: definition.name, id: nil), explanation)
  }
}

extension [FunctionInfo] {
  /// `struct bpf_func_info`, one after the other.
  fileprivate var encoded: [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(count * 2)
    for info in self {
      words.append(UInt32(truncatingIfNeeded: info.instruction))
      words.append(UInt32(truncatingIfNeeded: info.typeID))
    }
    return words
  }
}

extension [LineInfo] {
  /// `struct bpf_line_info`, one after the other.
  fileprivate var encoded: [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(count * 4)
    for info in self {
      words.append(UInt32(truncatingIfNeeded: info.instruction))
      words.append(UInt32(truncatingIfNeeded: info.fileNameOffset))
      words.append(UInt32(truncatingIfNeeded: info.textOffset))
      // The column has only ten bits.
      words.append(UInt32(truncatingIfNeeded: info.line << 10 | Swift.min(info.column, 0x3ff)))
    }
    return words
  }
}
