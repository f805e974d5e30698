//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFObjects
public import BPFSyscall

extension Program {
  /// Attaches the program to the hook that its section's name specifies, such as `SEC("tp/sched/sched_switch")`.
  ///
  /// This works for tracepoints of all kinds, fentry, fexit and fmod_ret programs, freplace programs loaded for a
  /// target program, LSM hooks, probes, and iterators over everything. Programs for perf events, network interfaces,
  /// control groups, sockets and maps need an explicit target, and the error names the call that takes it.
  ///
  /// Section names for many functions: `fentry.multi/PATTERN`, `fexit.multi/PATTERN` and `fsession.multi/PATTERN`.
  ///
  /// Section names for probes: `kprobe/FUNCTION`, `kprobe.multi/PATTERN`, `ksyscall/NAME`, `uprobe/FILE:FUNCTION`,
  /// `uprobe.multi/FILE:PATTERN` and `usdt/FILE:PROVIDER:NAME`, and their variants for returns, sessions and sleepable
  /// programs. A function may have an offset, as in `uprobe/libc.so.6:malloc+0x10`, or be a number, which is the offset
  /// in the file.
  ///
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`, as the explicit call does; `BPFError.Code.invalidArgument` if the section's name does not
  ///   specify a target; `BPFError.Code.unsupported` for a program that was opened, not loaded from an object.
  public func attach() throws(BPFError) -> Link {
    guard let definition, let convention = definition.convention else {
      throw BPFError(
        .attach, .unsupported, subject,
        definition == nil
          ? "only programs loaded from an object know their target: name the target"
          : definition?.sectionName.isEmpty == true
            ? "it was loaded from instructions, for a type of program with several kinds of targets: name the target"
            : "its section '\(definition?.sectionName ?? "")' is not a known kind: name the target")
    }
    let target = definition.attachTarget ?? ""
    if type == .ext, let program = definition.targetProgram {
      return try attach(replacing: target, of: program)
    }
    switch convention.automatic {
    case .tracepoint where !target.isEmpty:
      let (category, name) = try components(of: target, "tp/CATEGORY/NAME")
      return try attach(toTracepoint: name, category: category)
    case .rawTracepoint where !target.isEmpty: return try attach(toRawTracepoint: target)
    case .tracing: return try attachTracing()
    case .functions where !target.isEmpty: return try attach(toFunctionsMatching: target)
    case .iterator: return try attachIterator()
    case .probe where !target.isEmpty: return try attach(toProbeOf: convention.name, target)
    case .tracepoint, .rawTracepoint, .functions, .probe, .none:
      throw BPFError(
        .attach, .invalidArgument, subject,
        "its section '\(definition.sectionName)' does not specify a target"
          + (convention.attachAdvice.map { ": \($0)" } ?? ""))
    }
  }

  private func components(of target: String, _ form: String) throws(BPFError) -> (String, String) {
    guard let slash = target.firstIndex(of: "/") else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "its section '\(definition?.sectionName ?? "")' does not specify a target: write '\(form)', or name the target"
      )
    }
    return (String(target[..<slash]), String(target[target.index(after: slash)...]))
  }
}

extension SectionConvention {
  /// The ways to attach a program by its section's name alone.
  fileprivate enum Automatic {
    case tracepoint, rawTracepoint, tracing, functions, iterator, probe, none
  }

  /// The way to attach this section's programs.
  fileprivate var automatic: Automatic {
    switch type {
    case .tracepoint: .tracepoint
    case .rawTracepoint, .rawTracepointWritable: .rawTracepoint
    case .tracing where attachType == .traceIter: .iterator
    case .tracing: attachType.map(AttachType.manyFunctions.contains) == true ? .functions : .tracing
    case .lsm: attachType == .lsmMAC ? .tracing : .none
    case .kprobe: .probe
    default: .none
    }
  }
}

extension ProgramDefinition {
  /// Whether the section's name suffices to attach the program. Sections of tracepoints and probes may lack a target.
  fileprivate var canAutoAttach: Bool {
    if type == .ext { return targetProgram != nil }
    guard let convention else { return false }
    return switch convention.automatic {
    case .tracing, .iterator: true
    case .tracepoint, .rawTracepoint, .functions, .probe: attachTarget?.isEmpty == false
    case .none: false
    }
  }
}

// MARK: - Objects

extension Object {
  /// Attaches every program whose section's name specifies a target, and every kernel interface that the object
  /// implements.
  ///
  /// Skips programs that need an explicit target and programs that were not loaded. If a program cannot be attached,
  /// detaches those that were attached before.
  ///
  /// - Returns: the links, by the names of their programs and maps. A program stays attached while its link exists.
  /// - Throws: `BPFError`, as ``Program/attach()`` and ``attachStructOps(_:)`` do.
  public func attach() throws(BPFError) -> [String: Link] {
    var links: [String: Link] = [:]
    for (name, program) in programs where program.definition?.canAutoAttach == true {
      links[name] = try program.attach()
    }
    for (name, map) in maps where map.type == .structOps { links[name] = try attachStructOps(name) }
    return links
  }
}
