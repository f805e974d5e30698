//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// Loads programs: links each, puts in what it refers to, and hands it to the verifier.
struct ProgramLoader {
  let file: ObjectFile
  let maps: [String: MapHandle]
  let externs: ResolvedExterns
  let btf: BTFHandle?
  let kernel: KernelTypes
  let operations: [String: OperationsLayout]
  let options: LoadOptions

  /// What fits programs to the kernel's types; nil if none asks for that.
  private var relocator: CORERelocator?

  init(
    _ file: ObjectFile, maps: [String: MapHandle], externs: ResolvedExterns, btf: BTFHandle?,
    kernel: KernelTypes, operations: [String: OperationsLayout], options: LoadOptions
  ) throws(BPFError) {
    (self.file, self.maps, self.externs, self.btf) = (file, maps, externs, btf)
    (self.kernel, self.operations, self.options) = (kernel, operations, options)
    if let types = file.types, file.code.contains(where: { !$0.coreRelocations.isEmpty }) {
      if let target = options.kernelTypes {
        relocator = CORERelocator(local: types, target: target, targetName: "the BTF that was given")
      } else {
        relocator = CORERelocator(
          local: types, target: try KernelTypes.vmlinux(), modules: kernel.moduleTypes)
      }
    }
  }

  /// Loads one program.
  mutating func load(_ given: ProgramDefinition) throws(BPFError) -> Program {
    var definition = given
    if definition.expectedAttachType == nil, definition.convention?.traits.contains(.staticProbe) == true,
      KernelFacts.hasUprobeMulti
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
    var linked = try file.linked(definition.name)
    let unresolved = try fit(&linked, definition)
    var request = BPFCommand.ProgramLoad(type: definition.type.rawValue)
    request.name = definition.name.kernelName
    request.license = file.license
    request.flags = definition.flags.rawValue
    request.expectedAttachType = definition.expectedAttachType?.rawValue ?? 0
    request.kernelVersion = file.kernelVersion ?? 0
    request.token = options.token
    let target = try AttachTarget(definition, file, kernel, operations)
    request.attachBTFTypeID = UInt32(truncatingIfNeeded: target.typeID)
    if let index = target.memberIndex { request.expectedAttachType = UInt32(truncatingIfNeeded: index) }
    var descriptors = DescriptorList()
    let instructions = try resolved(linked, definition, &descriptors)
    request.instructions = Instruction.encoded(instructions)
    request.descriptors = descriptors.numbers
    return try withExtendedLifetime((maps, externs, target)) { () throws(BPFError) in
      do throws(Refusal) {
        return try load(definition, linked, request, module: target.module)
      } catch {
        throw self.error(of: error, definition, unresolved)
      }
    }
  }

  /// Puts the kernel's numbers into a program; what it has none for.
  private mutating func fit(
    _ linked: inout LinkedProgram, _ definition: ProgramDefinition
  ) throws(BPFError) -> [CORERelocator.Unresolved] {
    guard var relocator, !linked.coreRelocations.isEmpty else { return [] }
    self.relocator = nil
    defer { self.relocator = relocator }
    do throws(BPFError) {
      return try relocator.apply(linked.coreRelocations, to: &linked.instructions)
    } catch {
      var error = error
      error.programName = definition.name
      throw error
    }
  }

  private func load(
    _ definition: ProgramDefinition, _ linked: LinkedProgram, _ request: BPFCommand.ProgramLoad,
    module: BTFHandle?
  ) throws(Refusal) -> Program {
    guard let btf, !linked.functionInfo.isEmpty else { return try submit(definition, request) }
    var request = request
    return try btf.withFileDescriptor { (descriptor) throws(Refusal) in
      request.btf = descriptor
      request.functionInfo = linked.functionInfo.encoded
      request.lineInfo = linked.lineInfo.encoded
      guard let module else { return try submit(definition, request) }
      return try module.withFileDescriptor { (descriptor) throws(Refusal) in
        request.attachTarget = descriptor
        return try submit(definition, request)
      }
    }
  }

  func failure(
    _ definition: ProgramDefinition, _ code: BPFError.Code, errno: Errno? = nil, _ explanation: String
  ) -> BPFError {
    BPFError(.load, code, errno: errno, .program(name: definition.name, id: nil), explanation)
  }
}

// MARK: - The verifier

extension ProgramLoader {
  /// What the kernel answered to a program, and what its verifier wrote.
  struct Refusal: Error {
    var errno: Errno
    var log: String
  }

  /// Bytes of the first log; it grows to what the kernel says it takes, or by doubling.
  private static let firstLogSize = 1 << 16
  /// The kernel takes no larger one.
  private static let largestLogSize = Int(UInt32.max >> 2)

  private func submit(
    _ definition: ProgramDefinition, _ request: BPFCommand.ProgramLoad
  ) throws(Refusal) -> Program {
    var request = request
    request.logLevel = options.verifierLog.rawValue
    var (size, log) = (ProgramLoader.firstLogSize, BPFCommand.ProgramLog())
    while true {
      do throws(Errno) {
        let descriptor = try BPFCommand.programLoad(request, logSize: size, log: &log)
        let program = try Program(
          adopting: descriptor, definition, verifierLog: log.text.isEmpty ? nil : log.text)
        try keepConstants(for: program)
        return program
      } catch {
        if error == .noSpace, size < ProgramLoader.largestLogSize {
          size = min(max(size * 4, log.fullSize), ProgramLoader.largestLogSize)
        } else if request.logLevel == 0 {
          // Without a log it is faster; only who is refused asks why.
          request.logLevel = 1
        } else {
          throw Refusal(errno: error, log: log.text)
        }
      }
    }
  }

  /// Has the program hold the maps of constants, which what prints its strings looks for even if it does not use them.
  private func keepConstants(for program: Program) throws(Errno) {
    for definition in file.maps where definition.kind == .readOnlyData {
      guard let map = maps[definition.name] else { continue }
      do throws(Errno) {
        try program.withFileDescriptor { (program) throws(Errno) in
          try map.withFileDescriptor { (map) throws(Errno) in try BPFCommand.programBindMap(program, map) }
        }
      } catch {
        // Kernels before 5.10 have no such command, and no use for it.
        guard error == .invalidArgument else { throw error }
      }
    }
  }

  private func error(
    of refusal: Refusal, _ definition: ProgramDefinition, _ unresolved: [CORERelocator.Unresolved]
  ) -> BPFError {
    let verdict = VerifierLog(refusal.log)
    var text = verdict.description
    let poisoned = CORERelocator.poisonedInstruction(inVerifierLog: refusal.log)
    if let missing = unresolved.first(where: { $0.relocation.instruction == poisoned }) {
      text = "\(missing.explanation)\n\(text)"
    }
    if text.isEmpty { text = withoutLog(definition, refusal.errno) }
    let code: BPFError.Code =
      switch refusal.errno {
      case .noMemory: .outOfResources
      case .notPermitted: .permissionDenied
      case .permissionDenied, .argListTooLong: .rejected
      default: refusal.log.isEmpty ? .system : .rejected
      }
    var error = failure(definition, code, errno: refusal.errno, text)
    error.log = refusal.log.isEmpty ? nil : refusal.log
    return error
  }

  /// What is likely if the verifier was not even reached.
  private func withoutLog(_ definition: ProgramDefinition, _ errno: Errno) -> String {
    let place = definition.expectedAttachType.map { " for \($0)" } ?? ""
    return switch errno {
    case .notPermitted:
      "loading programs needs CAP_BPF, for most types CAP_PERFMON or CAP_NET_ADMIN too; or this kernel forbids "
        + "programs of type \(definition.type)\(place)"
    case .invalidArgument:
      "this kernel does not know the type \(definition.type)\(place), its flags, or what it is to be attached to"
    case .argListTooLong: "it has more instructions than the kernel takes"
    default: ""
    }
  }
}

extension String {
  /// As much of a name as the kernel keeps: 15 bytes.
  var kernelName: String { String(decoding: utf8.prefix(15), as: UTF8.self) }
}

extension [FunctionInfo] {
  /// `struct bpf_func_info`, one after the other.
  fileprivate var encoded: [UInt8] {
    reduce(into: []) { bytes, info in
      bytes.append(number: UInt32(truncatingIfNeeded: info.instruction))
      bytes.append(number: UInt32(truncatingIfNeeded: info.typeID))
    }
  }
}

extension [LineInfo] {
  /// `struct bpf_line_info`, one after the other.
  fileprivate var encoded: [UInt8] {
    reduce(into: []) { bytes, info in
      bytes.append(number: UInt32(truncatingIfNeeded: info.instruction))
      bytes.append(number: UInt32(truncatingIfNeeded: info.fileNameOffset))
      bytes.append(number: UInt32(truncatingIfNeeded: info.textOffset))
      // Ten bits for the column are all there is.
      bytes.append(number: UInt32(truncatingIfNeeded: info.line << 10 | Swift.min(info.column, 0x3ff)))
    }
  }
}
