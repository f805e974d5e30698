//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// Loads programs: links each and puts in what it refers to, then hands them to the verifier.
///
/// All are prepared before the first is verified, and opened after the last. So a reference that leads nowhere is found
/// before the verifier works, and the verifier goes from one program to the next with its own data still in the
/// processor's cache.
struct ProgramLoader {
  let file: ObjectFile
  let maps: [String: MapHandle]
  let externs: ResolvedExterns
  let types: LoadedTypes?
  let kernel: KernelTypes
  let operations: [String: OperationsLayout]
  let options: LoadOptions

  /// What fits programs to the kernel's types; nil if none asks for that.
  private var relocator: CORERelocator?

  private var linker: Linker

  /// What programs are loaded without, a sentence for each.
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
      guard definition.kind == .readOnlyData else { return nil }
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

  /// A program with all its numbers, ready to be loaded. It is a class since all that is in it would be copied at each
  /// step.
  final class Prepared {
    let definition: ProgramDefinition
    /// What the kernel is given. What it lacks is taken out when that is found out.
    var request: BPFCommand.ProgramLoad
    /// What it is attached to; what that is in is open as long as this is.
    let target: TargetProgram
    /// Instructions that are poisoned.
    let unresolved: [CORERelocator.Unresolved]
    /// Whether it uses variables or options of the kernel.
    let usesVariables: Bool
    /// The maps of constants that it does not hold by its use of them.
    let unusedConstants: [MapHandle]
    /// The program, once it is verified, until it is opened.
    var descriptor: OwnedDescriptor?
    /// What the verifier wrote, if it was asked to.
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

  /// Whether one link can be on many uprobes; not so for a process that may not ask.
  private func attachesToManyUprobes() throws(BPFError) -> Bool {
    do throws(BPFError) {
      return try KernelFacts.hasUprobeMulti()
    } catch {
      guard error.code == .permissionDenied else { throw error }
      return false
    }
  }

  /// Makes a program ready to be loaded.
  mutating func prepare(_ given: ProgramDefinition) throws(BPFError) -> Prepared {
    var definition = given
    if definition.expectedAttachType == nil, definition.convention?.traits.contains(.usdtProbe) == true,
      try attachesToManyUprobes()
    {
      // A static probe has many places, and one link is on all of them where the kernel can.
      definition.expectedAttachType = .traceUprobeMulti
    }
    guard definition.type != .unspecified else {
      throw failure(
        definition, .invalidArgument,
        "its section '\(definition.sectionName)' tells no type that is known: set the program's type, or rename the "
          + "section, such as to 'xdp' or 'tracepoint/…'")
    }
    var linked = try file.linked(definition, by: &linker)
    try file.refuseAddresses(in: linked)
    if let leftOut = linked.leftOut {
      warnings.append("the program '\(definition.name)' is loaded without \(leftOut)")
    }
    let unresolved = try fit(&linked, definition)
    var request = BPFCommand.ProgramLoad(type: definition.type.rawValue)
    request.name = definition.name.kernelName
    request.license = file.license
    request.flags = definition.flags.rawValue
    request.expectedAttachType = definition.expectedAttachType?.rawValue ?? 0
    request.kernelVersion = file.kernelVersion ?? 0
    request.token = options.token
    let target = try TargetProgram(definition, file, kernel, operations)
    request.attachBTFTypeID = UInt32(truncatingIfNeeded: target.typeID)
    if let index = target.memberIndex { request.expectedAttachType = UInt32(truncatingIfNeeded: index) }
    var descriptors = DescriptorList()
    try resolve(&linked, definition, &descriptors)
    request.instructions = linked.instructions.map(\.encoded)
    request.descriptors = descriptors.numbers
    if types?.hasFunctions == true, !linked.functionInfo.isEmpty {
      request.btf = types?.borrowed
      request.functionInfo = linked.functionInfo.encoded
      request.lineInfo = linked.lineInfo.encoded
    }
    request.attachTarget = target.descriptor
    let unused = constants.filter { name, _ in
      !linked.references.contains { $0.reference.isTo(map: name) }
    }
    return Prepared(
      definition: definition, request: request, target: target, unresolved: unresolved,
      usesVariables: usesVariables(linked), unusedConstants: unused.map(\.map))
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

  /// Has the kernel verify a program, and keep it.
  func verify(_ program: Prepared) throws(BPFError) {
    // All descriptors of the request are of the program, or of the maps, externs and types that this has.
    defer { withExtendedLifetime(program) { withExtendedLifetime(self) {} } }
    do throws(Refusal) {
      try submit(program)
    } catch {
      throw self.error(of: error, program)
    }
  }

  /// Opens a program that was verified.
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

  /// Puts the kernel's numbers into a program; what it has none for.
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

extension BTFHandle {
  /// The descriptor, good as long as somebody holds the handle.
  fileprivate var borrowed: FileDescriptor { withFileDescriptor { $0 } }
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
      // Ten bits for the column are all there is.
      words.append(UInt32(truncatingIfNeeded: info.line << 10 | Swift.min(info.column, 0x3ff)))
    }
    return words
  }
}
