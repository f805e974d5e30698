//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFSyscall
import CKernelFixtures
import KernelFixtures
import SystemPackage
import Testing

@Suite("BPF file systems")
struct BPFFileSystemTests {
  @Test("A file system is mounted on a directory and detected", .kernel)
  func mount() throws {
    try withTemporaryDirectory { directory in
      #expect(!BPFFileSystem.contains(directory))
      #expect(BPFFileSystem.absence(at: directory.appending("a/b")) != nil)
      try BPFFileSystem.mount(at: directory)
      defer { _ = kf_unmount(directory.string) }
      #expect(BPFFileSystem.contains(directory))
      #expect(BPFFileSystem.absence(at: directory.appending("a/b")) == nil)
      let mounts = try Command.run("cat", ["/proc/mounts"]).standardOutput
      let mount = mounts.split(separator: "\n").last { $0.contains(" \(directory) ") }
      #expect(mount?.contains(" bpf rw,nosuid,nodev,noexec") == true && mount?.contains("mode=700") == true)
    }
  }

  @Test("Mounting on a missing directory or a file fails", .kernel)
  func refusals() throws {
    for path in ["/nosuch", "/etc/passwd"] {
      let error = #expect(throws: BPFError.self) { try BPFFileSystem.mount(at: FilePath(path)) }
      #expect(error?.code == .notFound && error?.path == FilePath(path))
    }
  }

  @Test("The explanation names the requested directory, even if it does not exist")
  func absence() {
    #expect(BPFFileSystem.absence(at: "/")?.contains("'mount -t bpf bpf /'") == true)
    #expect(BPFFileSystem.absence(at: "/nosuch/a")?.contains("'mkdir -p /nosuch/a && mount") == true)
    #expect(BPFFileSystem.absence(at: "no/such")?.hasPrefix("'no/such' is not on") == true)
    #expect(BPFFileSystem.absence(at: ".") != nil)
    #expect(!BPFFileSystem.contains("/nosuch"))
  }
}
