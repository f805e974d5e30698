//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFObjects
import BPFSyscall
import KernelFixtures
import Testing

/// Errors on kernels too old for a program, which name the required release.
@Suite("Programs that need a newer kernel", .kernel)
struct YoungerProgramTests {
  private func refusal(_ file: ObjectFile) -> BPFError? {
    do throws(BPFError) {
      _ = try file.load()
      return nil
    } catch {
      return error
    }
  }

  @Test("Loads a program with a callback, or names the required release")
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
      // Its loop needs Linux 5.17.
      #expect(error?.code == .rejected)
    }
  }

  @Test("Loads a program for fragmented packets, or names the required release")
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
