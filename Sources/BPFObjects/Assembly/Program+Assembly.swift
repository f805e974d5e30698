//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFInstructions
public import BPFSyscall
internal import BTF
internal import SystemPackage

// MARK: - Loading

extension Program {
  /// Assembles and loads a program, without an object file and without a compiler.
  ///
  /// ```swift
  /// let drops = try ArrayMap<UInt64>(name: "drops", maxEntries: 1)
  /// let drop = try Program(
  ///   type: .xdp, name: "drop",
  ///   assembly: [
  ///     .load(valueOf: drops.handle, to: .r1),
  ///     .move(1, to: .r2),
  ///     .atomic(.add, .r2, at: .r1),
  ///     .move(1, to: .r0),
  ///     .exit,
  ///   ],
  ///   license: "GPL")
  /// print(try drop.run(data: [UInt8](repeating: 0, count: 14)).returnValue, try drops.lookup(0) ?? 0)  // 1 1
  /// ```
  ///
  /// Adapts to older kernels as ``ObjectFile/load(_:)`` does. A program with callbacks gets types (BTF) in which its functions
  /// are named after their labels.
  ///
  /// System calls: `BPF_PROG_LOAD`, `BPF_OBJ_GET_INFO_BY_FD`; with callbacks also `BPF_BTF_LOAD`. A kfunc or an attach target is found in the kernel's types,
  /// which are read once per process. A rejection causes further calls, to get the verifier log. Linux 4.14.
  /// Capabilities: `CAP_BPF`, and depending on the type `CAP_PERFMON` or `CAP_NET_ADMIN`.
  ///
  /// - Parameters:
  ///   - type: the program's type.
  ///   - name: the program's name. The kernel keeps its first 15 bytes.
  ///   - assembly: the statements.
  ///   - license: the license, such as `GPL`. The kernel restricts many helpers to GPL programs.
  ///   - expectedAttachType: the hook that the program is for, if the kernel has to know it on loading.
  ///   - attachTarget: the kernel function, tracepoint or LSM hook that a program of type `tracing` or `lsm` is for; with
  ///     `targetProgram`, a function of that program.
  ///   - targetProgram: the program that an `ext` or `tracing` program is for.
  ///   - flags: the flags that the program is loaded with.
  ///   - verifierLog: the log to keep of an accepted program, in ``verifierLog``.
  ///   - token: a BPF token that delegates privileges. Linux 6.9.
  ///   - signature: a signature of the instructions, which the kernel checks. Linux 6.18.
  /// - Throws: `BPFError`. `BPFError.Code.rejected` if the verifier rejects the program: the explanation then begins with
  ///   the relevant part of its log. `BPFError.Code.invalidArgument` if a label is undefined or too far away, or the
  ///   assembly is empty; `BPFError.Code.notFound` if the kernel has no such kfunc or attach target;
  ///   `BPFError.Code.permissionDenied`.
  public convenience init(
    type: ProgramType, name: String = "", assembly: Assembly, license: String,
    expectedAttachType: AttachType? = nil, attachTarget: String? = nil, targetProgram: Program? = nil,
    flags: ProgramFlags = [], verifierLog: LoadOptions.VerifierLogLevel = .none, token: BPFToken? = nil,
    signature: ProgramSignature? = nil
  ) throws(BPFError) {
    let assembled: Assembly.Assembled
    do throws(AssemblyError) {
      assembled = try assembly.assembled()
    } catch {
      throw BPFError(.load, .invalidArgument, .program(name: name, id: nil), error.description)
    }
    var definition = ProgramDefinition(
      name: name, type: type, expectedAttachType: expectedAttachType, attachTarget: attachTarget, flags: flags
    )
    definition.targetProgram = targetProgram
    definition.signature = signature
    let options = LoadOptions(verifierLog: verifierLog, token: token)
    // The assembly keeps its maps open.
    defer { withExtendedLifetime(assembly) {} }
    let verified = try AssemblyLoader(definition, license: license, options).load(assembled)
    guard let descriptor = verified.descriptor.take() else {
      throw BPFError(.load, .system, .program(name: name, id: nil), "it was not verified")
    }
    do throws(Errno) {
      try self.init(adopting: descriptor, definition, verifierLog: verified.verifierLog)
    } catch {
      throw BPFError(.load, .system, errno: error, .program(name: name, id: nil))
    }
  }

  /// Loads a program from a list of instructions.
  ///
  /// Like ``init(type:name:assembly:license:expectedAttachType:attachTarget:targetProgram:flags:verifierLog:token:signature:)``,
  /// without labels: the distances of jumps, and the descriptors of maps, are those in the instructions.
  ///
  /// ```swift
  /// let pass = try Program(type: .xdp, instructions: [.move(2, to: .r0), .exit], license: "GPL")
  /// print(try pass.run(data: [UInt8](repeating: 0, count: 14)).returnValue)  // 2
  /// ```
  ///
  /// - Parameters:
  ///   - type: the program's type.
  ///   - name: the program's name. The kernel keeps its first 15 bytes.
  ///   - instructions: the instructions, such as those that ``ObjectFile/instructions(of:)`` returns.
  ///   - license: the license, such as `GPL`.
  ///   - expectedAttachType: the hook that the program is for, if the kernel has to know it on loading.
  ///   - attachTarget: the kernel function, tracepoint or LSM hook that a program of type `tracing` or `lsm` is for.
  ///   - targetProgram: the program that an `ext` or `tracing` program is for.
  ///   - flags: the flags that the program is loaded with.
  ///   - verifierLog: the log to keep of an accepted program, in ``verifierLog``.
  ///   - token: a BPF token that delegates privileges. Linux 6.9.
  ///   - signature: a signature of the instructions, which the kernel checks. Linux 6.18.
  /// - Throws: `BPFError`, as for an assembly.
  public convenience init(
    type: ProgramType, name: String = "", instructions: [Instruction], license: String,
    expectedAttachType: AttachType? = nil, attachTarget: String? = nil, targetProgram: Program? = nil,
    flags: ProgramFlags = [], verifierLog: LoadOptions.VerifierLogLevel = .none, token: BPFToken? = nil,
    signature: ProgramSignature? = nil
  ) throws(BPFError) {
    try self.init(
      type: type, name: name, assembly: Assembly(instructions), license: license,
      expectedAttachType: expectedAttachType, attachTarget: attachTarget, targetProgram: targetProgram,
      flags: flags, verifierLog: verifierLog, token: token, signature: signature)
  }
}
