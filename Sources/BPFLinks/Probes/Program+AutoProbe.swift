//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to the probe that the name of its section tells of.
  ///
  /// - Parameters:
  ///   - section: the name before the first slash.
  ///   - target: what is behind it.
  func attach(toProbeOf section: String, _ target: String) throws(BPFError) -> Link {
    // Whether it may sleep was a matter of loading.
    let kind = section.hasSuffix(".s") ? String(section.dropLast(2)) : section
    switch kind {
    case "kprobe", "kretprobe": return try attach(toKprobe: target, isReturn: kind == "kretprobe")
    case "kprobe.multi", "kretprobe.multi", "kprobe.session":
      return try attach(toKprobesMatching: target, isReturn: kind == "kretprobe.multi")
    case "ksyscall", "kretsyscall":
      return try attach(toKernelSystemCall: target, isReturn: kind == "kretsyscall")
    case "uprobe", "uretprobe":
      let (file, place) = try lastPart(of: target, "\(kind)/FILE:FUNCTION")
      guard let offset = FunctionName.number(place[...]) else {
        return try attach(toUprobe: place, of: file, isReturn: kind == "uretprobe")
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

  /// What is before and behind the last colon of what a section's name tells.
  private func lastPart(of target: String, _ form: String) throws(BPFError) -> (FilePath, String) {
    guard let colon = target.lastIndex(of: ":"), colon > target.startIndex,
      target.index(after: colon) < target.endIndex
    else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "its section '\(definition?.sectionName ?? "")' does not tell to what: write '\(form)', or name the place"
      )
    }
    return (FilePath(String(target[..<colon])), String(target[target.index(after: colon)...]))
  }
}
