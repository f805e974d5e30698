//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import SystemPackage
import Testing

@testable import BPFSyscall

@Suite("BPF tokens", .kernel)
struct BPFTokenTests {
  private static func refusal(_ path: FilePath) -> BPFError? {
    do throws(BPFError) {
      _ = try BPFToken(fileSystemAt: path)
      return nil
    } catch {
      return error
    }
  }

  @Test("A token tells what it delegates", .kernel(since: "6.9"))
  func delegation() throws {
    let token = try FixtureDescriptor.token("map_create:btf_load", maps: "hash:array", programs: "any")
    let delegation = try token.delegation()
    #expect(delegation.commands == 1 << 0 | 1 << 18)
    #expect(delegation.mapTypes == 1 << 1 | 1 << 2)
    #expect(delegation.programTypes == .max && delegation.attachTypes == .max)
  }

  @Test("Parses only the descriptor information of a token", .notEmulated(.asksNoKernel))
  func parsing() {
    let text =
      "pos:\t0\nflags:\t02\nallowed_cmds:\t0x21\nallowed_maps:\tany\nallowed_progs:\t0x0\nallowed_attachs:\t0x1\n"
    let delegation = BPFToken.Delegation(text)
    #expect(delegation?.commands == 0x21 && delegation?.mapTypes == .max)
    #expect(delegation?.programTypes == 0 && delegation?.attachTypes == 1)
    for damaged in [
      "", "allowed_cmds:\tany\n", text.replacing("0x0", with: "0xg"), text.replacing("any", with: ""),
    ] {
      #expect(BPFToken.Delegation(damaged) == nil, "\(damaged)")
    }
  }

  @Test("A descriptor that is no token's is refused")
  func wrongDescriptor() throws {
    let program = try FixtureDescriptor.program()
    let error = #expect(throws: BPFError.self) { try BPFToken(duplicating: program.fileDescriptor) }
    #expect(error?.code == .wrongObject)
    #expect(error?.explanation.contains("given as the token, is a BPF program, not a BPF token") == true)
    let closed = #expect(throws: BPFError.self) { try BPFToken(duplicating: FileDescriptor(rawValue: 9999)) }
    #expect(closed?.explanation.contains("is not open") == true)
  }

  @Test("Paths that are no mount point of a BPF file system are refused")
  func wrongPath() throws {
    let missing = Self.refusal("/nowhere/at/all")
    #expect(missing?.code == .notFound && missing?.path == "/nowhere/at/all")
    #expect(missing?.operation == .createToken)
    let isOlder = KernelRelease.isOlder(than: "6.9")
    let ordinary = Self.refusal("/tmp")
    #expect(ordinary?.code == (isOlder ? .unsupported : .notBPFFileSystem))
    #expect(
      isOlder ? ordinary?.explanation.contains("no BPF tokens") == true : ordinary?.errno == .invalidArgument)
  }

  @Test("There are no tokens in the initial user namespace")
  func initialNamespace() throws {
    let fileSystem = try TemporaryBPFFileSystem()
    let error = Self.refusal(fileSystem.path)
    #expect(error?.code == .unsupported)
    guard !KernelRelease.isOlder(than: "6.9") else { return }
    #expect(error?.errno == .notSupported)
    #expect(error?.explanation.contains("initial user namespace") == true)
    withExtendedLifetime(fileSystem) {}
  }
}
