//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFLinks
import BPFSyscall
import KernelFixtures
import Testing

@Suite("USDT probes", .serialized, .bpftool, .notEmulated(.takesLong))
struct USDTTests {
  @Test("Reads the probes in a file's notes")
  func notes() throws {
    let library = try ProbedLibrary()
    let file = try ExecutableFile(library.path)
    let probes = try file.usdtProbes()
    #expect(probes.map(\.name) == ["static", "counted", "twice", "twice"])
    #expect(probes.allSatisfy { $0.provider == "probed" })
    #expect(probes.map { $0.referenceCounterOffset != 0 } == [false, true, false, false])
    // The offset of each probe is in its function.
    for (probe, name) in zip(probes, ["probed_static", "probed_counted", "probed_twice", "probed_twice"]) {
      let function = try #require(file.functions(matching: name).first)
      #expect((function.offset..<function.offset + function.byteCount).contains(probe.offset))
    }
    #expect(try ExecutableFile("/proc/self/exe").usdtProbes().allSatisfy { !$0.name.isEmpty })
  }

  @Test("A program reads the arguments and the cookie", arguments: ["on_single_static", "on_static"])
  func arguments(name: String) throws {
    let programs = try ProbePrograms()
    let path = programs.library.path
    let link = try programs[name].attach(
      toUSDT: "static", provider: "probed", of: path, process: 0, cookie: 0x1_0000_0005)
    let table = [10, 20, 30]
    try table.withUnsafeBufferPointer { table in
      let address = try #require(table.baseAddress)
      try programs.library.call("probed_static", -100, address, 2)
      let values: [6 of Int] = try programs.object.variable("arguments")
      #expect(values[0] == -100 && values[1] == Int(bitPattern: address) && values[2] == 7)
      #expect(values[3] == 30 && values[4] == -42 && values[5] == 156)
    }
    #expect(try programs.object.variable("result") == 6)
    #expect(try programs.object.variable("cookie") == UInt64(0x1_0000_0005))
    #expect(try programs.calls == 1)
    // Before Linux 5.15 perf events have no links.
    let hasLink = !KernelRelease.isOlder(than: "5.15")
    if name == "on_static", hasLink {
      let theirs = try Bpftool.run("link", "show", "id", "\(try #require(link.id))")
      #expect(theirs["prog_id"].integer == link.programID.map { Int($0.rawValue) })
    }
    try link.detach()
    #expect(try !hasLink || eventually { try link.id.map { try !Link.ids().contains($0) } == true })
    try programs.library.call("probed_static", 1, [0], 0)
    #expect(try programs.calls == 1)
  }

  @Test("All locations of a probe run the program, each with its own arguments", .kernel(since: "5.15"))
  func locations() throws {
    let programs = try ProbePrograms()
    for name in ["on_single_static", "on_static"] {
      let link = try programs[name].attach(toUSDT: "twice", provider: "probed", of: programs.library.path)
      #expect(try programs.seen("probed_twice", 9) == 2)
      let last: Int = try programs.object.variable("arguments", as: [6 of Int].self)[0]
      #expect(last == 5)
      try link.detach()
      #expect(try eventually { try programs.seen("probed_twice", 9) == 0 })
    }
  }

  @Test(
    "Attaching increments the semaphore, and detaching decrements it", .kernel(since: "5.15"),
    arguments: ["on_single_static", "on_static"])
  func counters(name: String) throws {
    let programs = try ProbePrograms()
    #expect(try programs.library.call("probed_counted", 0) == 0)
    let link = try programs[name].attach(toUSDT: "counted", provider: "probed", of: programs.library.path)
    // The kernel counts once for each mapping of the instruction's page.
    #expect(try programs.library.call("probed_counted", 0) >= 1)
    #expect(try programs.calls == 1 && programs.object.variable("result") == 0)
    try link.detach()
    #expect(try eventually { try programs.library.call("probed_counted", 0) == 0 })
  }

  @Test(
    "Reserves and releases elements of the program's map; a pinned link keeps its elements",
    .kernel(since: "5.15"))
  func elements() throws {
    let programs = try ProbePrograms()
    let path = programs.library.path
    let map = try #require(programs.object.maps["__bpf_usdt_specs"])
    func used() throws -> [Int] {
      try map.entries().enumerated().filter { $0.element.value.contains { $0 != 0 } }.map(\.offset)
    }
    var links: [Link] = []
    for cookie in 0..<3 {
      links.append(
        try programs["on_single_static"].attach(
          toUSDT: "twice", provider: "probed", of: path, cookie: UInt64(cookie)))
    }
    #expect(try used() == [0, 1, 2, 3, 4, 5] && links.allSatisfy { $0.id == nil })
    try links[1].detach()
    #expect(try used() == [0, 1, 4, 5])
    links.append(try programs["on_static"].attach(toUSDT: "static", provider: "probed", of: path))
    #expect(try used() == [0, 1, 2, 4, 5])
    try withBPFFileSystem { files in
      let pin = files.appending("pinned")
      try links[3].pin(at: pin)
      links.removeAll()
      #expect(try used() == [2])
      try programs.library.call("probed_static", 1, [0], 0)
      #expect(try programs.calls == 1 && programs.object.variable("result") == 6)
      try Link(pinnedAt: pin).unpin(from: pin)
    }
    // The map runs out of elements, all of which are free again when their links are gone: also that of the pinned
    // link, and those of links whose descriptor another process held for a moment.
    for _ in 0..<2 {
      let full = #expect(throws: BPFError.self) {
        while true {
          links.append(
            try programs["on_single_static"].attach(toUSDT: "static", provider: "probed", of: path))
        }
      }
      #expect(links.count == map.maxEntries)
      #expect(full?.code == .mapFull && full?.explanation.contains("BPF_USDT_MAX_SPEC_CNT") == true)
      links.removeAll()
    }
  }

  @Test(
    "Without cookies, a program identifies the probe by its address",
    arguments: ["on_single_static", "on_static"])
  func addresses(name: String) throws {
    // The program uses cookies depending on a kernel option, which the test replaces.
    let programs = try ProbePrograms(
      definitions: { _ in ["LINUX_HAS_BPF_COOKIE=CONFIG_PROBES_HAVE_COOKIES"] },
      LoadOptions(kernelConfiguration: "CONFIG_PROBES_HAVE_COOKIES=n\n"))
    let path = programs.library.path
    let map = try #require(programs.object.maps["__bpf_usdt_ip_to_spec_id"])
    func attach(_ process: Int32?) throws(BPFError) -> Link {
      guard let program = programs.object.programs[name] else { throw BPFError(.attach, .notFound) }
      return try program.attach(
        toUSDT: "twice", provider: "probed", of: path, process: process, cookie: 6, hasCookies: false)
    }
    let link = try attach(0)
    #expect(try map.count() == 2)
    #expect(try programs.seen("probed_twice", 9) == 2)
    #expect(try programs.object.variable("cookie") == UInt64(6))
    #expect(try programs.object.variable("arguments", as: [6 of Int].self)[0] == 5)
    let twice = #expect(throws: BPFError.self) { try attach(0) }
    #expect(twice?.code == .alreadyExists)
    let all = #expect(throws: BPFError.self) { try attach(nil) }
    #expect(all?.code == .unsupported && all?.explanation.contains("name the process") == true)
    let other = #expect(throws: BPFError.self) { try attach(1) }
    // The process has not mapped the file, or its mappings may not be read.
    #expect(other?.code == .notFound || other?.code == .permissionDenied)
    let none = #expect(throws: BPFError.self) { try attach(.max) }
    #expect(none?.code == .notFound)
    #expect(try programs.seen("probed_twice", 9) == 2)
    try link.detach()
    #expect(try eventually { try programs.seen("probed_twice", 9) == 0 })
    #expect(try map.count() == 0)
  }

  @Test("Rejects missing probes and wrong programs", .kernel(since: "6.13"))
  func refusals() throws {
    let programs = try ProbePrograms()
    let path = programs.library.path
    func refusal(_ attach: () throws -> Link) -> BPFError? { #expect(throws: BPFError.self) { try attach() } }
    let program = try programs["on_single_static"]
    #expect(refusal { try program.attach(toUSDT: "nix", provider: "probed", of: path) }?.code == .notFound)
    #expect(refusal { try program.attach(toUSDT: "static", provider: "nix", of: path) }?.code == .notFound)
    #expect(
      refusal { try program.attach(toUSDT: "static", provider: "probed", of: path, process: .max) }?.code
        == .notFound)
    let plain = refusal { try programs["on_call"].attach(toUSDT: "static", provider: "probed", of: path) }
    #expect(plain?.code == .wrongObject && plain?.explanation.contains("usdt.bpf.h") == true)
    let session = refusal {
      try programs["on_session"].attach(toUSDT: "static", provider: "probed", of: path)
    }
    #expect(session?.code == .wrongObject)
    let packet = refusal { try programs["on_packet"].attach(toUSDT: "static", provider: "probed", of: path) }
    #expect(packet?.code == .wrongObject)
  }
}

@Suite("Arguments of USDT probes")
struct ProbeArgumentTests {
  private func arguments(_ text: String, _ architecture: Architecture) -> [ProbeArgument]? {
    try? ProbeArgument.all(in: text, architecture).get()
  }

  @Test("Parses the operands of compilers for x86-64")
  func x86() {
    #expect(arguments("", .x86_64) == [])
    #expect(
      arguments("8@%rax -4@%r8d 1@%dil", .x86_64) == [
        ProbeArgument(location: .register(80), byteCount: 8, isSigned: false),
        ProbeArgument(location: .register(72), byteCount: 4, isSigned: true),
        ProbeArgument(location: .register(112), byteCount: 1, isSigned: false),
      ])
    #expect(
      arguments("-8@-16(%rbp) 4@(%rsp) 8@8(%rdx,%rcx,4) -2@(%rdi, %rsi) 8@$-1", .x86_64) == [
        ProbeArgument(location: .memory(32, offset: -16), byteCount: 8, isSigned: true),
        ProbeArgument(location: .memory(152, offset: 0), byteCount: 4, isSigned: false),
        ProbeArgument(location: .indexed(96, offset: 8, index: 88, shift: 2), byteCount: 8, isSigned: false),
        ProbeArgument(location: .indexed(112, offset: 0, index: 104, shift: 0), byteCount: 2, isSigned: true),
        ProbeArgument(location: .constant(-1), byteCount: 8, isSigned: false),
      ])
  }

  @Test("Parses the operands of compilers for arm64")
  func arm() {
    #expect(
      arguments("-4@w0 8@[sp, 16] 8@[x29,-8] 8@[x3] -4@5 8@x30", .arm64) == [
        ProbeArgument(location: .register(0), byteCount: 4, isSigned: true),
        ProbeArgument(location: .memory(248, offset: 16), byteCount: 8, isSigned: false),
        ProbeArgument(location: .memory(232, offset: -8), byteCount: 8, isSigned: false),
        ProbeArgument(location: .memory(24, offset: 0), byteCount: 8, isSigned: false),
        ProbeArgument(location: .constant(5), byteCount: 4, isSigned: true),
        ProbeArgument(location: .register(240), byteCount: 8, isSigned: false),
      ])
    #expect(
      arguments("4@[x0, x1, lsl 2] 8@[sp, x3] 8@[x19, #24] -8@20015998343868 4@wzr -8@xzr 1@#255", .arm64)
        == [
          ProbeArgument(location: .indexed(0, offset: 0, index: 8, shift: 2), byteCount: 4, isSigned: false),
          ProbeArgument(
            location: .indexed(248, offset: 0, index: 24, shift: 0), byteCount: 8, isSigned: false),
          ProbeArgument(location: .memory(152, offset: 24), byteCount: 8, isSigned: false),
          ProbeArgument(location: .constant(20_015_998_343_868), byteCount: 8, isSigned: true),
          ProbeArgument(location: .constant(0), byteCount: 4, isSigned: false),
          ProbeArgument(location: .constant(0), byteCount: 8, isSigned: true),
          ProbeArgument(location: .constant(255), byteCount: 1, isSigned: false),
        ])
  }

  // The notes that GCC and clang write for arm64, with the macros of <sys/sdt.h>.
  @Test(
    "Parses the notes of both compilers for arm64",
    arguments: [
      ("-4@[sp, 20] -8@[sp, 8] 2@[sp, 18]", 3), ("-4@5 -4@-7 1@[sp, 17]", 3), ("-4@x1 -8@x2 -2@x3 1@x0", 4),
      ("-4@[x8, 12] -8@[x8, 40] -2@[x8, 48] 1@[x8, 50]", 4), ("-4@[x8] -8@[x9] 2@[x10]", 3), ("-4@0", 1),
    ])
  func armNotes(text: String, count: Int) {
    #expect(arguments(text, .arm64)?.count == count)
  }

  @Test(
    "Rejects unsupported operands on x86-64",
    arguments: [
      "8f@%xmm0", "8@%xmm0", "3@%rax", "8@", "8", "@%rax", "8@%rax,", "8@value(%rip)", "8@8(%rax",
      "8@(%rax,%rbx,3)",
      "99999999999999999999@%rax", "8@$", "-@%rax", "--8@%rax", "8@%", "8@(", "\u{e9}",
      "-9223372036854775808@%rax",
    ])
  func unreadable(text: String) {
    #expect(arguments("8@%rax \(text)", .x86_64) == nil)
  }

  // GCC writes the last two, for an array of 32-bit numbers and for a static variable.
  @Test(
    "Rejects unsupported operands on arm64",
    arguments: [
      "8@[x1", "8@x31", "8@[x0, x1", "8@[x0, w1]", "8@[x0, x1, lsl]", "8@[x0, x1, lsl 4]",
      "8@[x0, x1, lsl x2]",
      "8@[x0, 8, x1]", "8@[8]", "8@d0", "4@s0", "8@#", "8@%rax", "8@(x0)", "8@[x0]!", "8@[x0], 8",
      "-4@[x0, w1, sxtw 2]", "-8@[x2, #:lo12:.LANCHOR0]",
    ])
  func unreadableOnARM(text: String) {
    #expect(arguments("8@x0 \(text)", .arm64) == nil)
  }

  @Test("Rejects operands of other architectures")
  func unknownOperands() {
    #expect(arguments("8@a0", .riscv64) == nil && arguments("", .riscv64) == [])
  }

  @Test("An argument's bytes have the layout that programs read")
  func layout() {
    let argument = ProbeArgument(
      location: .indexed(8, offset: -2, index: 0x123, shift: 3), byteCount: 4, isSigned: true)
    let expected: [UInt8] = [0xfe] + Array(repeating: 0xff, count: 7) + [3, 0x23, 0x31, 0, 8, 0, 1, 32]
    #if _endian(little)
    #expect(argument.bytes == expected)
    #endif
    #expect(argument.bytes.count == 16)
  }
}
