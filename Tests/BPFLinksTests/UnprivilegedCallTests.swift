//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import Testing

/// What a thread without capabilities may do with what is open: everything, but on kernels before Linux 5.19, which by
/// default refuse it every call of bpf(2).
@Suite("Calls without capabilities", .kernel)
struct UnprivilegedCallTests {
  private static let refusesEveryCall: Bool = {
    let setting = try? Command.run("cat", ["/proc/sys/kernel/unprivileged_bpf_disabled"]).standardOutput
    return KernelRelease.isOlder(than: "5.19") && setting != "0\n"
  }()

  /// The error of an attempt on a thread that gave up all capabilities; nil if there is none.
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

  @Test("The elements of a map that is open are read and written, or the kernel's setting is named")
  func elements() async throws {
    let map = try ArrayMap<UInt32>(maxEntries: 1)
    expect(try await refusal { _ = try map.lookup(0) })
    expect(try await refusal { try map.update(0, to: 7) })
  }

  @Test("A link that is open tells of itself and is updated, or the kernel's setting is named")
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
