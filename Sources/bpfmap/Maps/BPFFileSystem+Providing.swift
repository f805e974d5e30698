//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

extension BPFFileSystem {
  /// Mounts a BPF file system on /sys/fs/bpf for a path in it, if there is none, and says so on standard error.
  static func provide(for path: FilePath, isJSON: Bool) throws {
    guard path.lexicallyNormalized().starts(with: standardPath), !contains(standardPath) else { return }
    do throws(BPFError) {
      try mount()
    } catch {
      var error = error
      error.explanation +=
        "\(error.explanation.isEmpty ? "" : "; ")pins need the file system, which is not there"
      throw error
    }
    var errors = Output(to: .standardError)
    // Where this cannot be written, the mount is still there for what follows.
    try? errors.notice("mounted a BPF file system on \(standardPath)", isJSON: isJSON)
  }
}

extension Output {
  /// Writes something beside the answer, at once.
  mutating func notice(_ text: String, isJSON: Bool) throws(OutputFailure) {
    if isJSON {
      try json { json in json.object { json in json.member("notice", text) } }
    } else {
      try write("bpfmap: \(text)\n")
    }
    try flush()
  }
}
