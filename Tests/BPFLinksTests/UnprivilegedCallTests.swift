//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

/// Calls on open objects by a thread without capabilities. They succeed, except on kernels before Linux 5.19, which by
/// default block all bpf(2) calls.
@Suite("Calls without capabilities", .kernel)
struct UnprivilegedCallTests {
  private static let refusesEveryCall: Bool = {
    let setting = try? Command.run("cat", ["/proc/sys/kernel/unprivileged_bpf_disabled"]).standardOutput
    return KernelRelease.isOlder(than: "5.19") && setting != "0\n"
  }()

  /// Returns the error of an attempt on a thread without capabilities; nil if it succeeds.
  private func refusal(_ body: @escaping @Sendable () throws -> Void) async throws -> BPFError? {
    try await Worker.run {
      try TestCapability.limitThread(to: [])
      do { try body() } catch let error as BPFError { return error }
      return nil
    }
  }

  private func expect(_ error: BPFError?) {
    guard Self.refusesEveryCall else {
      #expect(error == nil)
      return
    }
    #expect(error?.code == .permissionDenied && error?.errno == .notPermitted, "\(error as Any)")
    #expect(error?.explanation.contains("kernel.unprivileged_bpf_disabled") == true, "\(error as Any)")
    #expect(error?.explanation.contains("CAP_BPF, which this process lacks") == true)
  }

  @Test("Reads and writes elements of an open map, or the error names the kernel's setting")
  func elements() async throws {
    let map = try ArrayMap<UInt32>(maxEntries: 1)
    expect(try await refusal { _ = try map.lookup(0) })
    expect(try await refusal { try map.update(0, to: 7) })
  }

  @Test("Reads and updates an open link, or the error names the kernel's setting")
  func links() async throws {
    let object = try FixtureObjects(beside: #filePath).object("cgroups").load()
    let group = try TemporaryCgroup()
    let program = try object.program("events")
    let link = try program.attach(toCgroup: FilePath(group.path))
    expect(try await refusal { _ = try link.info() })
    expect(try await refusal { try link.update(to: program, replacing: program) })
    expect(try await refusal { try link.detach() })
    try link.detach()
  }
}
