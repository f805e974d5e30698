//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// A control group, with the name that the caller used for it.
struct NamedCgroup {
  let descriptor: FileDescriptor
  /// Its path in quotation marks, or the number of its descriptor.
  let name: String

  init(_ descriptor: FileDescriptor, _ path: FilePath? = nil) {
    self.descriptor = descriptor
    name = path.map { "'\($0)'" } ?? "of descriptor \(descriptor.rawValue)"
  }

  /// Returns the error with an explanation of the rejected descriptor and the mount point of version 2.
  func explaining(_ error: BPFError) -> BPFError {
    guard error.errno == .badFileDescriptor,
      let refusal = CgroupFileSystem.refusal(
        of: descriptor, name.hasPrefix("'") ? name : "descriptor \(descriptor.rawValue)")
    else { return error }
    var error = error
    error.explanation = refusal
    return error
  }
}
