//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFMaps
internal import BPFSyscall
internal import SystemPackage

extension ProgramLoader {
  /// A rejection of a program: the errno and the verifier log.
  struct Refusal: Error {
    var errno: Errno
    var log: String
  }

  /// The initial log size; it grows to the size that the kernel reports, or doubles.
  private static let firstLogSize = 1 << 16
  /// The log levels that include instructions.
  private static let pathLevels =
    LoadOptions.VerifierLogLevel.instructions.rawValue | LoadOptions.VerifierLogLevel.states.rawValue
  /// The kernel's maximum log size.
  private static let largestLogSize = Int(UInt32.max >> 2)

  /// Loads a program. Omits features that the kernel lacks and the program does not require: immediately if they are
  /// known to be missing, else after a rejection.
  func submit(_ prepared: Prepared) throws(Refusal) {
    let definition = prepared.definition
    prepared.request.logLevel = options.verifierLog.rawValue
    // The common case: no features are missing.
    if BPFCommand.ProgramLoad.dispensable.contains(where: options.kernel.isKnownToLack) {
      _ = prepared.request.doWithout(definition, where: options.kernel.isKnownToLack)
    }
    var (size, log) = (ProgramLoader.firstLogSize, BPFCommand.ProgramLog())
    while true {
      do throws(Errno) {
        prepared.descriptor = try BPFCommand.programLoad(prepared.request, logSize: size, log: &log)
        prepared.verifierLog = log.text.isEmpty ? nil : log.text
        return
      } catch {
        if error == .noSpace, size < ProgramLoader.largestLogSize {
          size = min(max(size * 4, log.fullSize), ProgramLoader.largestLogSize)
        } else if error == .invalidArgument || error == .argListTooLong,
          prepared.request.doWithout(definition, where: options.kernel.lacks)
        {
          continue
        } else if error == .invalidArgument, prepared.request.tellKernelVersion() {
          continue
        } else if prepared.request.logLevel & ProgramLoader.pathLevels == 0 {
          // Loading without a log is faster; a log is requested only after a rejection.
          prepared.request.logLevel |= LoadOptions.VerifierLogLevel.instructions.rawValue
        } else {
          throw Refusal(errno: error, log: log.text)
        }
      }
    }
  }

  /// Binds maps of constants to the program; tools that print its strings look for them even if it does not use them.
  func keepConstants(_ maps: [MapHandle], for program: Program) throws(Errno) {
    for map in maps {
      do throws(Errno) {
        try program.withFileDescriptor { (program) throws(Errno) in
          try map.withFileDescriptor { (map) throws(Errno) in try BPFCommand.programBindMap(program, map) }
        }
      } catch {
        // Kernels before 5.10 lack this command and do not need it.
        guard error == .invalidArgument else { throw error }
      }
    }
  }

  func error(of refusal: Refusal, _ program: Prepared) -> BPFError {
    let definition = program.definition
    // The verifier ends its log with the number of processed instructions. It runs after the signature is checked.
    if !refusal.log.contains("processed "), let cause = definition.signature?.refusal(refusal.errno) {
      return failure(definition, cause.code, errno: refusal.errno, cause.text)
    }
    let verdict = VerifierLog(refusal.log)
    var text = verdict.description(of: missingReference(verdict, program) ?? verdict.reason)
    let feature = missingFeature(refusal, program)
    if let feature {
      text = text.isEmpty ? explanation(ofMissing: feature) : "\(explanation(ofMissing: feature))\n\(text)"
    }
    text = explainingTrap(text, verdict, program)
    if lacksCallbacks(program) {
      let requirement = KernelRelease.requirement(Self.callbackRelease)
      text =
        "this kernel does not support callbacks of programs, as for loops and timers: \(requirement)\n\(text)"
    }
    // Kernels without programs for many functions expect the BTF id of one.
    let expectsTarget = refusal.errno == .invalidArgument && text.contains("must provide btf_id")
    let missingKind = expectsTarget ? lackingKind(definition) : nil
    if let missingKind { text = "\(missingKind)\n\(text)" }
    // Some kernels log only statistics with zero processed instructions.
    let isUnexplained = text.isEmpty
    if isUnexplained { text = withoutLog(definition, refusal.errno) }
    let code: BPFError.Code =
      switch refusal.errno {
      case _ where feature != nil: .unsupported
      case .invalidArgument where isUnexplained && lackingKind(definition) != nil: .unsupported
      case .invalidArgument where missingKind != nil || lacksCallbacks(program): .unsupported
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem: .outOfResources
      case .noMemory: .outOfResources
      case .notPermitted: .permissionDenied
      case .permissionDenied, .argListTooLong: .rejected
      default: refusal.log.isEmpty ? .system : .rejected
      }
    var error = failure(definition, code, errno: refusal.errno, text)
    error.log = refusal.log.isEmpty ? nil : refusal.log
    return error
  }

  /// Describes the missing map, kfunc or CO-RE answer, if the verifier reached a poisoned instruction.
  private func missingReference(_ verdict: VerifierLog, _ program: Prepared) -> String? {
    guard let call = verdict.unknownCall else { return nil }
    switch MissingReference(number: call.number) {
    case .relocation:
      return program.unresolved.first { $0.relocation.instruction == call.instruction }?.explanation
    case .map(let index):
      guard file.maps.indices.contains(index) else { return nil }
      return "the program uses the map '\(file.maps[index].name)', which was not created"
    case .function(let index):
      guard file.externs.indices.contains(index) else { return nil }
      let extern = file.externs[index]
      let lack =
        externs.differing.contains(extern.name)
        ? "has the kfunc '\(extern.kernelName)' with other parameters or another result than the program declares"
        : "has no kfunc '\(extern.kernelName)'"
      return "the kernel \(lack): check bpf_ksym_exists(\(extern.name)) before the call"
    case nil: return nil
    }
  }

  /// Returns the feature that the program needs and the kernel is too old for.
  private func missingFeature(_ refusal: Refusal, _ program: Prepared) -> KernelFeature? {
    guard refusal.errno == .invalidArgument else { return nil }
    if program.usesVariables, options.kernel.lacks(.globalVariables) { return .globalVariables }
    let usesAtomics = program.request.instructions.contains { Instruction(encoded: $0).isNewerAtomic }
    return usesAtomics && options.kernel.lacks(.atomicFetches) ? .atomicFetches : nil
  }

  /// Returns a message about a missing kernel feature, with advice.
  private func explanation(ofMissing feature: KernelFeature) -> String {
    guard feature == .atomicFetches else { return feature.absence }
    return feature.absence
      + ": __atomic_fetch_add(address, number, __ATOMIC_RELAXED) is a plain addition, which all kernels have, if its "
      + "result is not used"
  }

  /// Returns the likely cause of an errno if the verifier did not run.
  private func withoutLog(_ definition: ProgramDefinition, _ errno: Errno) -> String {
    let hook = definition.expectedAttachType.map { " for \($0)" } ?? ""
    let unknownKind =
      "this kernel does not know the type \(definition.type)\(hook), its flags, or what it is to be attached to"
    return switch errno {
    case .notPermitted:
      notPermitted(definition, "programs of type \(definition.type)\(hook)")
    case .invalidArgument, .badFileDescriptor:
      lackingKind(definition) ?? (errno == .invalidArgument ? unknownKind : "")
    case .argListTooLong: "it has more instructions than the kernel accepts"
    default: ""
    }
  }

  /// Returns a message if the kernel is too old for a program type, attach type or fragments; otherwise nil.
  private func lackingKind(_ definition: ProgramDefinition) -> String? {
    let attachType = definition.expectedAttachType
    let kinds = [
      ("\(definition.type)", definition.type.minimumKernelVersion),
      ("\(definition.type)\(attachType.map { " for \($0)" } ?? "")", attachType?.minimumKernelVersion),
    ]
    let fragments = definition.hasFragments ? "5.18" : nil
    for case (let kind, let release?) in kinds + [("\(definition.type) that take fragments", fragments)]
    where KernelRelease.isOlder(than: release) {
      return "this kernel has no programs of type \(kind): \(KernelRelease.requirement(release))"
    }
    return nil
  }

  /// The first release that supports callbacks.
  private static let callbackRelease = "5.13"

  /// Whether the program uses callbacks and the kernel is too old for them.
  private func lacksCallbacks(_ program: Prepared) -> Bool {
    guard KernelRelease.isOlder(than: Self.callbackRelease) else { return false }
    return program.request.instructions.contains { word in
      let instruction = Instruction(encoded: word)
      return instruction.isWideLoad && instruction.source == Instruction.Pseudo.functionAddress
    }
  }

  /// Returns the likely cause of `EPERM` for a program type.
  private func notPermitted(_ definition: ProgramDefinition, _ programs: String) -> String {
    let type = definition.type
    // The kernel checks the number in the request, which is 0 for programs without an attach type.
    let attachType = definition.expectedAttachType ?? AttachType(rawValue: 0)
    let refusal = BPFToken.refusal(
      of: "loading \(programs)", with: options.token,
      BPFToken.Need.programLoad(
        ofType: type.rawValue, type.description, attachType: attachType.rawValue, attachType.description),
      needing: type.capabilities)
    return refusal ?? options.kernel.memoryLimitAdvice
      ?? "this kernel forbids \(programs): its configuration or a security policy disables them"
  }
}
