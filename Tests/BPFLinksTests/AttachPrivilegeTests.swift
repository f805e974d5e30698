//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

/// Errors that name the capability missing for attaching. Each attempt runs on a separate thread without the
/// capabilities, with a program that was loaded before.
@Suite("Missing capabilities for attaching", .kernel)
struct AttachPrivilegeTests {
  private static func refusal(
    keeping kept: [TestCapability] = [], _ attach: @escaping @Sendable () throws -> Link
  ) async throws -> BPFError? {
    try await Worker.run {
      try TestCapability.limitThread(to: kept)
      do {
        _ = try attach()
        return nil
      } catch let error as BPFError {
        return error
      }
    }
  }

  @Test("Cgroup skb programs require CAP_NET_ADMIN, with and without a link")
  func cgroup() async throws {
    let object = try FixtureObjects(beside: #filePath).object("cgroups").load()
    let group = try TemporaryCgroup()
    let descriptor = FileDescriptor(rawValue: group.descriptor.number)
    let packets = try object.program("egress")
    let attempts: [@Sendable () throws -> Link] = [
      { try packets.attach(toCgroup: descriptor) },
      { try packets.attach(toCgroup: descriptor, sharing: .multiple) },
    ]
    // Before Linux 5.19, kernel.unprivileged_bpf_disabled, which Debian sets, blocks every call without CAP_BPF.
    let enough: [TestCapability] = KernelRelease.isOlder(than: "5.19") ? [.bpf, .netAdmin] : [.netAdmin]
    for attempt in attempts {
      let error = try await Self.refusal(keeping: [.bpf], attempt)
      #expect(error?.code == .permissionDenied, "\(String(describing: error))")
      #expect(error?.explanation.hasSuffix("needs CAP_NET_ADMIN, which this process lacks") == true)
      #expect(try await Self.refusal(keeping: enough, attempt) == nil)
    }
  }

  @Test("Probes require CAP_PERFMON or CAP_SYS_ADMIN")
  func probes() async throws {
    let programs = try ProbePrograms()
    let program = try programs["on_call"]
    let library = programs.library.path
    let attempt: @Sendable () throws -> Link = { try program.attach(toUprobe: "probed_sum", of: library) }
    let error = try await Self.refusal(keeping: [.bpf, .netAdmin], attempt)
    #expect(error?.code == .permissionDenied && error?.errno == .permissionDenied)
    #expect(error?.explanation.hasSuffix("needs CAP_PERFMON, which this process lacks") == true)
    // Recent kernels require CAP_SYS_ADMIN as well.
    if let more = try await Self.refusal(keeping: [.bpf, .perfmon], attempt) {
      #expect(more.explanation.hasSuffix("needs CAP_SYS_ADMIN, which this process lacks"), "\(more)")
    }
    #expect(try await Self.refusal(keeping: [.sysAdmin], attempt) == nil)
  }
}
