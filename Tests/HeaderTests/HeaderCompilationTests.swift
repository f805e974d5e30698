//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import KernelFixtures
import SystemPackage
import Testing

/// Sources that use every macro compile without warnings, and the kernel loads the result.
@Suite("Header compilation", .bpftool)
struct HeaderCompilationTests {
  @Test(
    "Compiles with the kernel's types",
    arguments: ["helpers", "print", "core_read", "tracing", "usdt", "kernel_functions", "export"])
  func withVmlinux(_ name: String) throws {
    try HeaderFixture.withVmlinux { directory in
      try Toolchain.compile(
        HeaderFixture.source(name), to: directory.appending("\(name).bpf.o"),
        includePaths: [HeaderFixture.headers, directory],
        definitions: [HeaderFixture.machine, "WITH_VMLINUX"], warnings: HeaderFixture.strict)
    }
  }

  @Test(
    "Compiles without other headers",
    arguments: ["helpers", "stack_print", "large_attribute", "endian", "contexts", "histogram", "export"])
  func alone(_ name: String) throws {
    try withTemporaryDirectory { directory in
      try Toolchain.compile(
        HeaderFixture.source(name), to: directory.appending("\(name).bpf.o"),
        includePaths: [HeaderFixture.headers], warnings: HeaderFixture.strict)
    }
  }

  @Test("Compiles as big-endian", arguments: ["endian", "helpers", "contexts", "histogram", "export"])
  func bigEndian(_ name: String) throws {
    try withTemporaryDirectory { directory in
      try Toolchain.compile(
        HeaderFixture.source(name), to: directory.appending("\(name).bpf.o"),
        includePaths: [HeaderFixture.headers], warnings: HeaderFixture.strict, target: "bpfeb")
    }
  }

  @Test("Compiles after the system's headers")
  func behindSystemHeaders() throws {
    let system = try #require(HeaderFixture.systemHeaders, "needs the kernel's headers (linux-libc-dev)")
    try withTemporaryDirectory { directory in
      try Toolchain.compile(
        HeaderFixture.source("system"), to: directory.appending("system.bpf.o"),
        includePaths: [HeaderFixture.headers, system], definitions: [HeaderFixture.machine],
        warnings: HeaderFixture.strict)
    }
  }

  @Test(
    "Each header compiles alone, and when included twice",
    arguments: [
      "bpf_helpers.h", "bpf_helper_defs.h", "bpf_tracing.h", "bpf_core_read.h", "bpf_endian.h", "bpf_types.h",
      "bpf_scalars.h", "bpf_args.h", "bpf_constants.h", "bpf_histogram.h",
      "bpf_export.h",
    ])
  func eachAlone(_ name: String) throws {
    try withTemporaryDirectory { directory in
      try Toolchain.compile(
        "#include <bpf/\(name)>\n#include <bpf/\(name)>\nint nothing;\n",
        to: directory.appending("nothing.bpf.o"), includePaths: [HeaderFixture.headers],
        warnings: HeaderFixture.strict)
    }
  }

  @Test("The example in the headers' README compiles")
  func example() throws {
    let page = try HeaderFixture.page()
    let begin = try #require(page.firstRange(of: "```c\n")).upperBound
    let end = try #require(page[begin...].firstRange(of: "```")).lowerBound
    try HeaderFixture.withVmlinux { directory in
      try Toolchain.compile(
        String(page[begin..<end]), to: directory.appending("example.bpf.o"),
        includePaths: [HeaderFixture.headers, directory], warnings: HeaderFixture.strict)
    }
  }

  @Test(
    "The kernel loads the compiled programs",
    arguments: ["helpers", "print", "core_read", "tracing", "contexts", "usdt", "kernel_functions", "export"])
  func load(_ name: String) throws {
    try HeaderFixture.withVmlinux { directory in
      let object = directory.appending("\(name).bpf.o")
      try Toolchain.compile(
        HeaderFixture.source(name), to: object, includePaths: [HeaderFixture.headers, directory],
        definitions: [HeaderFixture.machine])
      try withBPFFileSystem { files in try Bpftool.loadAll(object, at: files.appending(name)) }
    }
  }

  @Test("Reads and writes bit-fields in memory")
  func bitFields() throws {
    try HeaderFixture.withVmlinux { directory in
      let object = directory.appending("bit_fields.bpf.o")
      try Toolchain.compile(
        HeaderFixture.source("bit_fields"), to: object, includePaths: [HeaderFixture.headers, directory],
        warnings: HeaderFixture.strict)
      try withBPFFileSystem { files in
        try Bpftool.loadAll(object, at: files.appending("programs"))
        let packet = directory.appending("packet")
        try HeaderFixture.write(String(repeating: " ", count: 64), to: packet)
        let answer = try Bpftool.run(
          "prog", "run", "pinned", files.appending("programs/bit_fields").string, "data_in", packet.string)
        #expect(answer["retval"].integer == 6)
      }
    }
  }
}
