//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

extension BPFFileSystem {
  /// Mounts a BPF file system on /sys/fs/bpf if a path is in it and none is mounted, with a notice on standard error.
  static func mountIfMissing(for path: FilePath, isJSON: Bool) throws {
    guard path.lexicallyNormalized().starts(with: standardPath), !contains(standardPath) else { return }
    do throws(BPFError) {
      try mount()
    } catch {
      var error = error
      error.explanation +=
        "\(error.explanation.isEmpty ? "" : "; ")pins require a BPF file system, and none is mounted"
      throw error
    }
    var errors = Output(to: .standardError)
    // The command continues even if the notice cannot be written.
    try? errors.notice("mounted a BPF file system on \(standardPath)", isJSON: isJSON)
  }
}

extension Output {
  /// Writes a notice immediately.
  mutating func notice(_ text: String, isJSON: Bool) throws(OutputFailure) {
    if isJSON {
      try json { json in json.object { json in json.member("notice", text) } }
    } else {
      try write("bpfmap: \(text)\n")
    }
    try flush()
  }
}
