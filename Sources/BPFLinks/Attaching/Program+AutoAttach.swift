//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFObjects
public import BPFSyscall

extension Program {
  /// Attaches the program to what the name of its section says, such as `SEC("tp/sched/sched_switch")`.
  ///
  /// That works for what needs to be told nothing more: tracepoints of all kinds, functions of the kernel and of the
  /// program it was loaded for, security hooks, probes, iterators that go over everything. Interfaces, control groups, sockets and maps must be named: the
  /// error says by which call.
  ///
  /// Probes are told by `kprobe/FUNCTION`, `kprobe.multi/PATTERN`, `ksyscall/NAME`, `uprobe/FILE:FUNCTION`,
  /// `uprobe.multi/FILE:PATTERN` and `usdt/FILE:PROVIDER:NAME`, and by the names of those on returns, of sessions and of
  /// programs that may sleep. A function may be followed by an offset, as in `uprobe/libc.so.6:malloc+0x10`, or be a number,
  /// the offset in the file.
  ///
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`, as the call for the place does; `BPFError.Code.invalidArgument` if the section's name does not
  ///   tell what to attach to, `BPFError.Code.unsupported` for a program that was opened, not loaded from an object.
  public func attach() throws(BPFError) -> Link {
    guard let definition, let convention = definition.convention else {
      throw BPFError(
        .attach, .unsupported, subject,
        definition == nil
          ? "where it belongs is known of programs of an object only: name the place"
          : "its section '\(definition?.sectionName ?? "")' says nothing that is known: name the place")
    }
    let target = definition.attachTarget ?? ""
    if type == .ext, let program = definition.targetProgram {
      return try attach(replacing: target, of: program)
    }
    switch convention.automatic {
    case .tracepoint:
      let (category, name) = try halves(of: target, "tp/CATEGORY/NAME")
      return try attach(toTracepoint: name, category: category)
    case .rawTracepoint: return try attach(toRawTracepoint: target)
    case .tracing: return try attachTracing()
    case .iterator: return try attachIterator()
    case .probe where !target.isEmpty: return try attach(toProbeOf: convention.name, target)
    case .probe, .none:
      throw BPFError(
        .attach, .invalidArgument, subject,
        "its section '\(definition.sectionName)' does not tell to what: name it, by \(convention.explicitCall)"
      )
    }
  }

  private func halves(of target: String, _ form: String) throws(BPFError) -> (String, String) {
    guard let slash = target.firstIndex(of: "/") else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "its section '\(definition?.sectionName ?? "")' does not tell to what: write '\(form)', or name the place"
      )
    }
    return (String(target[..<slash]), String(target[target.index(after: slash)...]))
  }
}

extension SectionConvention {
  /// The ways to attach a program that the name of its section is enough for.
  fileprivate enum Automatic {
    case tracepoint, rawTracepoint, tracing, iterator, probe, none
  }

  /// The way for this section's programs.
  fileprivate var automatic: Automatic {
    switch type {
    case .tracepoint: .tracepoint
    case .rawTracepoint, .rawTracepointWritable: .rawTracepoint
    case .tracing: attachType == .traceIter ? .iterator : .tracing
    case .lsm: attachType == .lsmMAC ? .tracing : .none
    case .kprobe: .probe
    default: .none
    }
  }

  /// The call that takes the rest.
  fileprivate var explicitCall: String {
    switch type {
    case .perfEvent: "attach(toPerfEvent:cpu:)"
    case .ext: "attach(replacing:of:)"
    case .kprobe where name.hasPrefix("ks") || name.hasPrefix("kretsys"): "attach(toKernelSystemCall:)"
    case .kprobe where attachType == .traceKprobeMulti || attachType == .traceKprobeSession:
      "attach(toKprobes:)"
    case .kprobe where attachType == .traceUprobeMulti || attachType == .traceUprobeSession:
      "attach(toUprobes:of:)"
    case .kprobe where traits.contains(.usdtProbe): "attach(toUSDT:provider:of:)"
    case .kprobe: name.hasPrefix("u") ? "attach(toUprobe:of:)" : "attach(toKprobe:)"
    default: "a call of its own"
    }
  }
}

extension ProgramDefinition {
  /// Whether its section's name is enough to attach it. That of a probe may be without what the probe is on.
  fileprivate var tellsPlace: Bool {
    if type == .ext { return targetProgram != nil }
    guard let automatic = convention?.automatic, automatic != .none else { return false }
    return automatic != .probe || attachTarget?.isEmpty == false
  }
}

// MARK: - Objects

extension Object {
  /// Attaches every program of the object whose section's name tells where, and every kernel interface that programs of
  /// it implement.
  ///
  /// Programs that need to be told more are left out, as are those that were not loaded. If one cannot be attached, those
  /// that were are detached.
  ///
  /// - Returns: the links, by the names of their programs and maps: keep them as long as the programs shall stay attached.
  /// - Throws: `BPFError`, as ``Program/attach()`` and ``attachStructOps(_:)``.
  public func attach() throws(BPFError) -> [String: Link] {
    var links: [String: Link] = [:]
    for (name, program) in programs where program.definition?.tellsPlace == true {
      links[name] = try program.attach()
    }
    for (name, map) in maps where map.type == .structOps { links[name] = try attachStructOps(name) }
    return links
  }
}
