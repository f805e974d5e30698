//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPFInstructions
import BPFSyscall
import KernelFixtures
import Testing

@testable import BPFObjects

@Suite("The kernel configuration")
struct KernelConfigurationTests {
  @Test("Reads the same options as zcat", .kernel)
  func running() throws {
    let file = """
      release=$(uname -r)
      cat /boot/config-$release 2>/dev/null || cat /lib/modules/$release/config 2>/dev/null || zcat /proc/config.gz
      """
    let lines = try Command.run("sh", ["-c", file]).standardOutput.split(separator: "\n")
    let configuration = try KernelConfiguration.running()
    var count = 0
    for line in lines {
      let name = line.drop { $0 == "#" || $0 == " " }.prefix { $0 != "=" && $0 != " " }
      guard name.hasPrefix("CONFIG_") else { continue }
      count += 1
      let value = line.hasPrefix("#") ? nil : line[name.endIndex...].dropFirst()
      #expect(configuration[String(name)] == value.map(String.init))
    }
    #expect(count > 1000)
  }

  @Test("Finds options at any position, and nothing else")
  func lookup() throws {
    let text = """
      CONFIG_A=y
      # CONFIG_B is not set
      CONFIG_A=n
      CONFIG_A_LONGER=0x10
      CONFIG_TEXT="a=b"
      NOT_CONFIG_C=y
      CONFIG_LAST=m
      """
    let configuration = try KernelConfiguration(text: text)
    #expect(configuration["CONFIG_A"] == "y")
    #expect(configuration["CONFIG_A_LONGER"] == "0x10")
    #expect(configuration["CONFIG_TEXT"] == "\"a=b\"")
    #expect(configuration["CONFIG_LAST"] == "m")
    for name in ["CONFIG_B", "CONFIG_C", "CONFIG_", "", "A", "CONFIG_TEXT=\"a", "CONFIG_A=y\nCONFIG_A"] {
      #expect(configuration[name] == nil, "\(name)")
    }
    #expect(try KernelConfiguration(text: "")["CONFIG_A"] == nil)
  }

  @Test(
    "Rejects an option without a value and quotes the line",
    arguments: ["CONFIG_A", "CONFIG_A=", "CONFIG_ A"])
  func malformed(line: String) {
    let error = #expect(throws: BPFError.self) { () throws in
      try KernelConfiguration(text: "CONFIG_B=y\n\(line)\n")
    }
    #expect(error?.code == .malformed)
    #expect(error?.description.contains("'\(line)'") == true)
  }

  @Test("Converts values of options and of the running kernel", .kernel)
  func values() throws {
    let configuration = try KernelConfiguration(text: "CONFIG_HZ=250\nLINUX_KERNEL_VERSION=1\n")
    let number = OptionType.integer(byteCount: 4, isSigned: false)
    #expect(try configuration.value(of: "CONFIG_HZ", as: number) == [250, 0, 0, 0].inMachineOrder)
    #expect(try configuration.value(of: "CONFIG_NO_SUCH", as: number) == nil)
    #expect(try configuration.value(of: "LINUX_NO_SUCH", as: number) == nil)
    // Debian reports the source's version outside the release name.
    let version = try Command.run("uname", ["-v"]).standardOutput
    let told = version.firstRange(of: "Debian ").map { String(version[$0.upperBound...]) }
    let release = try (told ?? Command.run("uname", ["-r"]).standardOutput).split { !$0.isNumber }
      .compactMap { Int($0) }
    #expect(
      try configuration.value(of: "LINUX_KERNEL_VERSION", as: number)
        == [UInt8(min(release[2], 255)), UInt8(release[1]), UInt8(release[0]), 0].inMachineOrder)
    let hasCookies: UInt8 = KernelRelease.isOlder(than: "5.15") ? 0 : 1
    #expect(try configuration.value(of: "LINUX_HAS_BPF_COOKIE", as: .boolean) == [hasCookies])
    let wrapper = try Command.run("grep", ["-cE", " __(x64|arm64|s390x|riscv)_sys_bpf$", "/proc/kallsyms"])
    let hasWrapper = try configuration.value(of: "LINUX_HAS_SYSCALL_WRAPPER", as: .boolean)
    #expect(hasWrapper == [wrapper.status == 0 ? 1 : 0])
    #expect(throws: BPFError.self) { () throws in
      try configuration.value(of: "LINUX_KERNEL_VERSION", as: .boolean)
    }
  }

  @Test("Prefers the source's version that a distribution reports")
  func versions() {
    let debian = "#1 SMP Debian 5.10.300-1 (2022-09-02)"
    func code(_ signature: String?, _ version: String?, _ release: String?) -> UInt32? {
      KernelVersion(signature: signature, version: version, release: release)?.code
    }
    #expect(code(nil, "#1 SMP", "6.18.44-fc") == 0x06_12_2c)
    #expect(code("Ubuntu 5.4.0-12.15-generic 5.4.8\n", debian, "5.4.0-12-generic") == 0x05_04_08)
    #expect(code(nil, debian, "5.10.0-18-amd64") == 0x05_0a_ff)
    #expect(code("nothing", "Debian", "4.9.300") == 0x04_09_ff)
    #expect(code(nil, nil, "70000.1.1") == nil)
    #expect(code(nil, nil, "6.1") == nil)
    #expect(code(nil, nil, nil) == nil)
  }
}

extension [UInt8] {
  /// The bytes of a little-endian number in this machine's byte order.
  var inMachineOrder: [UInt8] { Instruction.isMachineBigEndian ? reversed() : self }
}
