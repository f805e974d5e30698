//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import BTF
internal import SystemPackage

/// The target that the kernel needs on loading: a kernel function or type, or a function of another program.
struct TargetProgram {
  /// The BTF id of the function or type; 0 if not needed.
  private(set) var typeID = 0
  /// The module BTF that contains the target; nil for vmlinux.
  private(set) var module: BTFHandle?
  /// The program that contains the target.
  private(set) var program: Program?
  /// For struct_ops, the member index.
  private(set) var memberIndex: Int?

  init(
    _ definition: ProgramDefinition, _ file: ObjectFile, _ kernel: KernelTypes,
    _ operations: [String: OperationsLayout]
  ) throws(BPFError) {
    if definition.type == .structOps {
      try findOperation(definition, file, operations)
      return
    }
    guard definition.convention?.traits.contains(.attachBTF) == true else { return }
    guard let target = definition.attachTarget, !target.isEmpty else {
      throw TargetProgram.refusal(
        definition, .invalidArgument,
        "its section '\(definition.sectionName)' does not name a target: write '\(definition.sectionName)/NAME', "
          + "or set its attachTarget")
    }
    if definition.type == .ext || definition.targetProgram != nil {
      try findFunction(target, definition)
      return
    }
    let (kind, name) = TargetProgram.kernelName(definition, target)
    let found = try KernelTypes.needed(for: "the program '\(definition.name)' (\(definition.sectionName))") {
      () throws(BPFError) in try kernel.find(kind, named: name)
    }
    guard let found else {
      throw TargetProgram.refusal(
        definition, .notFound,
        "the kernel has no \(TargetProgram.noun(definition)) '\(target)' for it to attach to")
    }
    (typeID, module) = (found.type.id, found.module)
  }

  /// Returns the kind and name of the target in the kernel's BTF.
  private static func kernelName(_ definition: ProgramDefinition, _ target: String) -> (BTFKind, String) {
    switch definition.convention?.attachType {
    case .traceRawTP: (.typedef, "btf_trace_" + target)
    case .traceIter: (.function, "bpf_iter_" + target)
    case .lsmMAC, .lsmCgroup: (.function, "bpf_lsm_" + target)
    default: (.function, target)
    }
  }

  /// Returns a noun for the target, for messages.
  private static func noun(_ definition: ProgramDefinition) -> String {
    switch definition.convention?.attachType {
    case .traceRawTP: "tracepoint"
    case .traceIter: "iterator"
    case .lsmMAC, .lsmCgroup: "security hook"
    default: "function"
    }
  }

  private mutating func findFunction(
    _ name: String, _ definition: ProgramDefinition
  ) throws(BPFError) {
    guard let program = definition.targetProgram else {
      throw TargetProgram.refusal(
        definition, .invalidArgument,
        "it replaces the function '\(name)' of another program: set its targetProgram to that program before the "
          + "object is loaded"
      )
    }
    let btf = try program.info().btfID
    guard btf != 0, let function = try BTFHandle(id: btf).types().find(.function, named: name) else {
      throw TargetProgram.refusal(
        definition, .notFound,
        btf == 0
          ? "\(program) was loaded without BTF, which is needed to find its functions"
          : "\(program) has no function '\(name)'")
    }
    (typeID, self.program) = (function.id, program)
  }

  /// The descriptor of the BTF or program that contains the id; nil for vmlinux. Valid while this value exists.
  var descriptor: FileDescriptor? {
    module?.descriptor.borrowed ?? program?.descriptor.borrowed
  }

  private mutating func findOperation(
    _ definition: ProgramDefinition, _ file: ObjectFile, _ operations: [String: OperationsLayout]
  ) throws(BPFError) {
    for map in file.maps {
      guard let member = map.operations?.members(of: definition.name).first, let layout = operations[map.name]
      else { continue }
      guard let index = layout.memberIndex(member) else {
        throw TargetProgram.refusal(
          definition, .unsupported,
          "this kernel's 'struct \(layout.structure.name)' has no member '\(member)'")
      }
      (typeID, memberIndex) = (layout.structure.id, index)
      return
    }
    throw TargetProgram.refusal(
      definition, .invalidArgument, "no struct_ops map of the object uses it as an operation")
  }

  private static func refusal(
    _ definition: ProgramDefinition, _ code: BPFError.Code, _ explanation: String
  ) -> BPFError {
    BPFError(.load, code, .program(name: definition.name, id: nil), explanation)
  }
}
