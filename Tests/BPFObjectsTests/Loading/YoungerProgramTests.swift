//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import KernelFixtures
import Testing

/// What kernels say that are too old for a program: the release is named that has what it needs.
@Suite("Programs that are younger than the kernel", .kernel)
struct YoungerProgramTests {
  private func refusal(_ file: ObjectFile) -> BPFError? {
    do throws(BPFError) {
      _ = try file.load()
      return nil
    } catch {
      return error
    }
  }

  @Test("A function that the kernel calls back loads, or the release is named that has them")
  func callbacks() throws {
    let error = try refusal(ObjectFixture.object("callbacks"))
    if KernelRelease.isOlder(than: "5.13") {
      #expect(error?.code == .unsupported && error?.programName == "each")
      let requirement = KernelRelease.requirement("5.13")
      #expect(
        error?.explanation.hasPrefix(
          "this kernel does not support callbacks of programs, as for loops and timers: \(requirement)")
          == true)
    } else if !KernelRelease.isOlder(than: "5.17") {
      #expect(error == nil)
    } else {
      // Its loop came with Linux 5.17.
      #expect(error?.code == .rejected)
    }
  }

  @Test("A program for packets in fragments loads, or the release is named that has them")
  func fragments() throws {
    let error = try refusal(ObjectFixture.object("fragments"))
    if KernelRelease.isOlder(than: "5.18") {
      #expect(error?.code == .unsupported && error?.programName == "in_pieces")
      let requirement = KernelRelease.requirement("5.18")
      #expect(
        error?.explanation == "this kernel has no programs of type xdp that take fragments: \(requirement)")
    } else {
      #expect(error == nil)
    }
  }
}
