//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// An attach target that is opened by its path.
struct OpenedTarget: ~Copyable {
  let descriptor: OwnedDescriptor

  init(
    _ path: FilePath, _ operation: BPFError.Operation, _ program: BPFError.Subject = .unknown
  ) throws(BPFError) {
    do throws(Errno) {
      descriptor = try OwnedDescriptor.reading(path)
    } catch {
      let isMissing = error == .noSuchFileOrDirectory
      throw BPFError(
        operation, isMissing ? .notFound : error.unansweredCode, errno: error, program, path: path,
        isMissing ? "the path does not exist" : "it cannot be opened")
    }
  }
}
