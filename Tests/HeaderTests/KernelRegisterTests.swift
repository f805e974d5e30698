//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Reads registers with the structure of the headers, whose names may differ from the kernel's.
@Suite("Registers in kernel memory", .kernel)
struct KernelRegisterTests {
  #if arch(arm64)
  private static let callOfKill = 129
  #else
  private static let callOfKill = 62  // x86-64
  #endif

  @Test(
    "A program reads the registers of a system call from the kernel's memory",
    .notSanitized(.replacesFunctions))
  func systemCall() throws {
    var file = try FixtureObjects(beside: #filePath).object("registers")
    try file.setVariable("process", to: getpid())
    try file.setVariable("call_of_kill", to: Self.callOfKill)
    let object = try file.load()
    let link = try object.program("entered").attach()
    var local = 0
    let absent: Int32 = 0x3f_fff1
    #expect(kill(absent, 0) == -1)
    try link.detach()
    let arguments: [2 of Int] = try object.variable("arguments")
    #expect(arguments[0] == Int(absent) && arguments[1] == 0)
    // The C library's function makes the system call, on this thread's stack.
    let function = try #require(dlsym(nil, "kill"))
    #expect((1..<64).contains(try object.variable("instruction") - Int(bitPattern: function)))
    let stack: Int = try object.variable("stack")
    let distance = withUnsafePointer(to: &local) { abs(Int(bitPattern: $0) - stack) }
    #expect(distance < 1 << 16)
  }
}
