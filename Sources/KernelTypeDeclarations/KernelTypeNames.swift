//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

/// Finds kernel types, tracepoints and functions by name.
struct KernelTypeNames {
  let types: BTFTypes
  /// Returns the end of the error about a name that is none of the given ones.
  let hint: (_ name: String, _ known: [String]) -> String

  private static let tracepointPrefix = "btf_trace_"

  /// Returns the structure, union or enumeration with a name.
  func type(_ name: String) throws(BPFError) -> BTFType {
    let kinds: [BTFKind] = [.structure, .union, .enumeration, .enumeration64]
    guard let type = kinds.lazy.compactMap({ types.find($0, named: name) }).first else {
      throw missing("structure, union or enumeration", name, names(of: kinds))
    }
    return type
  }

  /// Returns the prototype of a tracepoint with the names of its parameters. The first parameter is the tracepoint's own.
  func tracepoint(_ name: String) throws(BPFError) -> [(name: String, type: BTFType)] {
    let prefix = KernelTypeNames.tracepointPrefix
    guard let prototype = types.find(.typedef, named: prefix + name)?.target?.target,
      prototype.kind == .functionPrototype
    else {
      let known = names(of: [.typedef]).filter { $0.hasPrefix(prefix) }
      throw missing("tracepoint", name, known.map { String($0.dropFirst(prefix.count)) })
    }
    // The prototype of the typedef has no names, but that of a function with the same parameters has.
    let named = ["__bpf_trace_", "__traceiter_", "perf_trace_"].lazy.compactMap { [types] prefix in
      types.find(.function, named: prefix + name)?.target
    }.first { $0.parameters.count == prototype.parameters.count && $0.parameters.last?.name.isEmpty == false }
    return zip((named ?? prototype).parameters.map(\.name), prototype.parameters.map(\.type)).map { ($0, $1) }
  }

  /// Returns the prototype of a function.
  func function(_ name: String) throws(BPFError) -> BTFType {
    guard let prototype = types.find(.function, named: name)?.target else {
      throw missing("function", name, names(of: [.function]))
    }
    return prototype
  }

  private func names(of kinds: [BTFKind]) -> [String] {
    let ids = 1..<types.endID
    return Set(ids.lazy.compactMap { types[$0] }.filter { kinds.contains($0.kind) }.map(\.name)).sorted()
  }

  /// Returns the error about a name that does not exist.
  func missing(
    _ kind: String, _ name: String, _ known: [String], of owner: String = "the kernel's types"
  ) -> BPFError {
    BPFError(.readBTF, .notFound, "\(owner) have no \(kind) '\(name)'\(hint(name, known))")
  }

  /// Returns the error about a member that cannot be declared.
  static func refused(_ name: String, _ reason: String) -> BPFError {
    BPFError(.readBTF, .unsupported, "the member '\(name)' cannot be declared: \(reason)")
  }
}
