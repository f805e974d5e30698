//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SystemPackage
import Testing

@testable import BPFSyscall

@Suite("Descriptor kinds")
struct DescriptorTests {
  @Test(
    "Describes the target of a descriptor",
    arguments: [
      ("anon_inode:bpf-map", "a BPF map"), ("anon_inode:bpf-prog", "a BPF program"),
      ("anon_inode:bpf_link", "a BPF link"), ("/bpf-token (deleted)", "a BPF token"),
      ("anon_inode:btf", "a BTF object"),
      ("socket:[4711]", "a socket"),
      ("pipe:[1]", "a pipe"), ("/etc/passwd", "the file '/etc/passwd'"),
      ("anon_inode:[signalfd]", "'anon_inode:[signalfd]'"),
    ])
  func words(target: String, words: String) {
    #expect(DescriptorKind(target: target).description == words)
  }

  @Test("Describes a file by its path, and throws for a closed descriptor")
  func file() throws {
    let file = try FileDescriptor.open("/proc/self/status", .readOnly)
    let kind = try file.closeAfter { try DescriptorKind(of: file) }
    #expect(kind.description.hasSuffix("/status'"))
    #expect(throws: Errno.noSuchFileOrDirectory) { try DescriptorKind(of: FileDescriptor(rawValue: 99_999)) }
  }

  @Test("A duplicate is close-on-exec and closes with its owner")
  func duplicate() throws {
    let file = try FileDescriptor.open("/dev/null", .writeOnly)
    let copy = try OwnedDescriptor.duplicating(file)
    try file.close()
    // O_CLOEXEC is 02000000 in octal.
    let info = try KernelFile.read(FilePath("/proc/self/fdinfo/\(copy.rawValue)"))
    #expect(info.contains("flags:\t02"))
    #expect(try copy.borrowed.accessMode() == .writeOnly)
    #expect(throws: Errno.badFileDescriptor) { () throws in
      let copy = try OwnedDescriptor.duplicating(FileDescriptor(rawValue: 99_999))
      Issue.record("descriptor \(copy.rawValue) for a closed one")
    }
  }
}
