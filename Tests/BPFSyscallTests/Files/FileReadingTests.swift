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

@Suite("Kernel files", .kernel)
struct FileReadingTests {
  @Test("A missing file has no text, and other failures are thrown")
  func absence() throws {
    #expect(try KernelFile.textIfReadable("/proc/no/such/file") == nil)
    #expect(try KernelFile.textIfReadable("/proc/version/file") == nil)
    // Nothing is mapped at the beginning of this process's memory.
    #expect(throws: Errno.ioError) { try KernelFile.textIfReadable("/proc/self/mem") }
    #expect(throws: Errno.isDirectory) { try KernelFile.textIfReadable("/proc") }
  }

  @Test("The error names the list of CPUs that cannot be read")
  func cpus() async throws {
    let error = try await Worker.run {
      #expect(kf_interrupt_calls(KF_CALL_READ, 1, Errno.ioError.rawValue) == 0)
      return #expect(throws: BPFError.self) { try OnlineCPUs.current() }
    }
    #expect(error?.operation == .readOnlineCPUs && error?.errno == .ioError)
  }

  @Test("Interrupted calls are retried a limited number of times")
  func interruptions() async throws {
    let text = try await Worker.run {
      #expect(kf_interrupt_calls(KF_CALL_READ, 50, Errno.interrupted.rawValue) == 0)
      return try KernelFile.read("/proc/version")
    }
    #expect(text.hasPrefix("Linux"))
    try await Worker.run {
      #expect(kf_interrupt_calls(KF_CALL_READ, 1000, Errno.interrupted.rawValue) == 0)
      #expect(throws: Errno.interrupted) { try KernelFile.read("/proc/version") }
    }
    try await Worker.run {
      #expect(kf_interrupt_calls(KF_CALL_RECVFROM, 1000, Errno.interrupted.rawValue) == 0)
      // No interface has this index.
      let refusal = #expect(throws: RouteNetlink.Refusal.self) {
        try RouteNetlink().removeClsactQdisc(interface: .max)
      }
      #expect(refusal?.errno == .interrupted)
    }
  }
}
