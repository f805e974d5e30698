//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to the probe that its section's name specifies.
  ///
  /// - Parameters:
  ///   - section: the section's name up to the first slash.
  ///   - target: the rest after the slash.
  func attach(toProbeOf section: String, _ target: String) throws(BPFError) -> Link {
    // The suffix `.s` (sleepable) matters only for loading.
    let kind = section.hasSuffix(".s") ? String(section.dropLast(2)) : section
    switch kind {
    case "kprobe", "kretprobe": return try attach(toKprobe: target, isReturn: kind == "kretprobe")
    case "kprobe.multi", "kretprobe.multi", "kprobe.session":
      return try attach(toKprobesMatching: target, isReturn: kind == "kretprobe.multi")
    case "ksyscall", "kretsyscall":
      return try attach(toKernelSystemCall: target, isReturn: kind == "kretsyscall")
    case "uprobe", "uretprobe":
      let (file, function) = try lastPart(of: target, "\(kind)/FILE:FUNCTION")
      guard let offset = FunctionName.number(function[...]) else {
        return try attach(toUprobe: function, of: file, isReturn: kind == "uretprobe")
      }
      return try attach(toUprobeAt: offset, of: file, isReturn: kind == "uretprobe")
    case "uprobe.multi", "uretprobe.multi", "uprobe.session":
      let (file, pattern) = try lastPart(of: target, "\(kind)/FILE:PATTERN")
      return try attach(toUprobesMatching: pattern, of: file, isReturn: kind == "uretprobe.multi")
    default:
      let form = "usdt/FILE:PROVIDER:NAME"
      let (rest, name) = try lastPart(of: target, form)
      let (file, provider) = try lastPart(of: rest.string, form)
      return try attach(toUSDT: name, provider: provider, of: file)
    }
  }

  /// Splits a target at its last colon.
  private func lastPart(of target: String, _ form: String) throws(BPFError) -> (FilePath, String) {
    guard let colon = target.lastIndex(of: ":"), colon > target.startIndex,
      target.index(after: colon) < target.endIndex
    else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "its section '\(definition?.sectionName ?? "")' does not specify a target: write '\(form)', or name the target"
      )
    }
    return (FilePath(String(target[..<colon])), String(target[target.index(after: colon)...]))
  }
}
