//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
public import BPFSyscall
internal import BTF

/// A kfunc: a function of the kernel or of a module that programs call by its name.
///
/// Unlike helpers, kfuncs are no stable interface: a release may rename or remove one. Linux 5.13.
public struct Kfunc: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  /// The name in C, such as `bpf_task_from_pid`.
  public let name: String

  /// Creates a kfunc with a name.
  public init(_ name: String) { self.name = name }

  /// Creates a kfunc with a name.
  public init(stringLiteral name: String) { self.name = name }

  /// The name.
  public var description: String { name }

  private static let marked = KernelAnswer<Set<String>>()

  /// Returns the kfuncs of the running kernel, without those of modules, ascending by name.
  ///
  /// System calls: those of `BTFTypes.vmlinux()`, once in the process. No capability.
  ///
  /// - Returns: empty on kernels that do not mark kfuncs, before Linux 6.11 or built with pahole before 1.26.
  /// - Throws: `BPFError`; `BPFError.Code.unavailable` if the kernel's types cannot be read.
  public static func all() throws(BPFError) -> [Kfunc] {
    try markedNames().sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map(Kfunc.init(_:))
  }

  private static func markedNames() throws(BPFError) -> Set<String> {
    try marked.get { () throws(BPFError) in Set(try KernelTypes.vmlinux().kfuncs.map(\.name)) }
  }

  /// Returns whether the running kernel or one of its modules has the kfunc.
  ///
  /// The answer is not cached for modules, which come and go.
  ///
  /// System calls: those of `BTFTypes.vmlinux()` once in the process; for a function that vmlinux lacks, those of
  /// opening the BTF of each module. Capability: for modules `CAP_SYS_ADMIN`.
  ///
  /// - Returns: Whether a function with this name is marked as a kfunc. On kernels that mark none (see ``all()``), whether
  ///   there is a function with this name: ``isSupported(in:for:)`` tells whether programs may call it.
  /// - Throws: `BPFError`; `BPFError.Code.unavailable` if the kernel's types cannot be read.
  public func isSupported() throws(BPFError) -> Bool {
    let marked = try Kfunc.markedNames()
    if marked.contains(name) { return true }
    guard let found = try KernelTypes().find(.function, named: name) else { return false }
    if marked.isEmpty { return true }
    return found.module != nil && found.type.types.kfuncs.contains { $0.name == name }
  }

  /// Returns whether the running kernel lets programs of a type call the kfunc. The kernel's own kfuncs only, not those
  /// of modules.
  ///
  /// The verifier checks a program that calls it.
  ///
  /// System calls: those of ``isSupported()``, of `ProgramType.isSupported()`, and `BPF_PROG_LOAD`. Linux 5.13.
  ///
  /// - Parameters:
  ///   - type: the program type.
  ///   - attachType: the attach type; nil for the type's usual one, as in `Helper.isSupported(in:for:)`.
  /// - Throws: `BPFError`, as `Helper.isSupported(in:for:)`.
  public func isSupported(
    in type: ProgramType, for attachType: AttachType? = nil
  ) throws(BPFError) -> Bool {
    // Older kernels have no calls of kfuncs.
    guard !KernelRelease.isOlder(than: "5.13") else { return false }
    guard let function = try KernelTypes.vmlinux().find(.function, named: name),
      let probe = try ProgramProbe.forCalls(type, attachType)
    else { return false }
    let call = Instruction(
      opcode: Instruction.Opcode.call, source: Instruction.Pseudo.kernelFunctionCall,
      immediate: Int32(function.id))
    return try probe.answer(calling: call, name) == .callable
  }
}
