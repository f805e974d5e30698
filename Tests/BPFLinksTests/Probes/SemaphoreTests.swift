//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@testable import BPFLinks

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("USDT semaphores", .serialized)
struct SemaphoreTests {
  /// Compiles the library of `Fixtures/semaphores.c` at a path.
  private func make(at path: FilePath, _ options: [String] = []) throws {
    try Toolchain.compileForUserSpace(
      file: ProbedLibrary.fixtures.directory.appending("semaphores.c"), to: path,
      ["-O1", "-fPIC", "-shared", "-w"] + options)
  }

  @Test(
    "Lists probes with unreachable semaphores, and does not adjust notes without a base",
    .sources)
  func listing() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("library.so")
      try make(at: path)
      let file = try ExecutableFile(path)
      let probes = try file.usdtProbes()
      #expect(probes.map(\.name) == ["in_data", "in_zeros", "read_only", "without_base", "astray"])
      for probe in probes {
        let function = try #require(file.functions(matching: probe.name).first)
        #expect((function.offset..<function.offset + function.byteCount).contains(probe.offset))
      }
      #expect(probes.map { $0.referenceCounterOffset != 0 } == [true, false, true, false, false])
    }
  }

  @Test("A larger page size puts semaphore and another segment into one page", .sources)
  func pageSizes() throws {
    try withTemporaryDirectory { directory in
      let path = directory.appending("library.so")
      try make(at: path, ["-Wl,-z,separate-loadable-segments,-z,max-page-size=4096"])
      let file = try ExecutableFile(path)
      let offset = try #require(file.usdtProbes().first { $0.name == "in_data" }?.referenceCounterOffset)
      let segment = try #require(
        file.segments.first { UInt64($0.offset)..<UInt64($0.offset + $0.byteCount) ~= offset })
      let address = segment.address + (offset - UInt64(segment.offset))
      #expect(file.counter(at: address, pageSize: 4096).obstacle == nil)
      guard case .sharedPage = file.counter(at: address, pageSize: 65536).obstacle else {
        Issue.record("64 KiB of the file are one page")
        return
      }
    }
  }

  @Test("The error explains why the kernel cannot count in a semaphore", .kernel)
  func refusals() throws {
    let programs = try ProbePrograms()
    try withTemporaryDirectory { directory in
      let path = directory.appending("library.so")
      try make(at: path, ["-Wl,-z,separate-loadable-segments"])
      func refusal(_ name: String) throws -> BPFError? {
        let program = try programs["on_single_static"]
        return #expect(throws: BPFError.self) {
          try program.attach(toUSDT: name, provider: "semaphores", of: path, process: 0)
        }
      }
      for (name, cause) in [("in_zeros", ".bss"), ("read_only", "read-only"), ("astray", "no segment")] {
        let error = try refusal(name)
        #expect(error?.code == .unsupported && error?.path == path)
        #expect(error?.explanation.contains(cause) == true)
      }
    }
  }

  @Test("A semaphore in a page that two writable segments map works only for a running process", .kernel)
  func sharedPage() throws {
    let programs = try ProbePrograms()
    let path = FilePath("/tmp/lib\(UniqueName.next()).so")
    defer { unlink(path.string) }
    try make(at: path)
    let program = try programs["on_single_static"]
    let error = #expect(throws: BPFError.self) {
      try program.attach(toUSDT: "in_data", provider: "semaphores", of: path)
    }
    #expect(error?.code == .unsupported)
    #expect(
      error?.explanation.contains("lld") == true
        && error?.explanation.contains("attach to one running process") == true)

    let handle = try #require(dlopen(path.string, RTLD_NOW | RTLD_LOCAL))
    defer { dlclose(handle) }
    typealias Function = @convention(c) (Int32) -> Int32
    let function = unsafeBitCast(try #require(dlsym(handle, "in_data")), to: Function.self)
    #expect(function(0) == 0)
    let link = try program.attach(toUSDT: "in_data", provider: "semaphores", of: path, process: 0)
    #expect(function(0) >= 1)
    try link.detach()
    #expect(eventually { function(0) == 0 })
  }

  @Test("Without RELRO, a shared page does not work for a running process either", .kernel)
  func writableTwice() throws {
    let programs = try ProbePrograms()
    try withTemporaryDirectory { directory in
      let path = directory.appending("library.so")
      try make(at: path)
      // The program header of PT_GNU_RELRO gets another type.
      var bytes = try SymbolTests.readAll(path)
      for header in stride(from: 64, to: 64 + 56 * Int(bytes[56]), by: 56)
      where bytes[header..<header + 4].elementsEqual([0x52, 0xe5, 0x74, 0x64]) {
        bytes[header] = 0
      }
      try SymbolTests.write(bytes, to: path)
      let program = try programs["on_single_static"]
      let error = #expect(throws: BPFError.self) {
        try program.attach(toUSDT: "in_data", provider: "semaphores", of: path, process: 0)
      }
      #expect(
        error?.code == .unsupported && error?.explanation.contains("attach to one running process") == false)
    }
  }
}
