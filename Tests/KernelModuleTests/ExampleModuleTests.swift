//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFSyscall
import KernelFixtures
import SystemPackage
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Loads kernel modules of the examples without checks, which all supported kernels run.
@Suite("Kernel modules of the examples", .kernel)
struct ExampleModuleTests {
  private func object(_ name: String) throws -> Object {
    let folder = FixtureObjects.package.appending("Examples/Sources").appending(name)
    let module = try KernelModuleFixture.compile(folder: folder, named: name, options: ["-Ounchecked"])
    return try ObjectFile(bytes: #require(module.object, "\(module.messages)"), name: name).load()
  }

  @Test("execsnoop reads an executed program's task with CO-RE, and sends its arguments in a record")
  func executedPrograms() throws {
    let object = try object("ExecSnoopKernel")
    let ring = try RingBuffer(object.map("events"))
    let link = try object.program("executed").attach()
    let argument = UniqueName.next()
    #expect(try Command.run("true", [argument]).status == 0)
    try link.detach()
    // The process and its parent, and after the name and two sizes, the arguments.
    var parents: [Int32] = []
    _ = try ring.consume { (record: RawSpan) throws(BPFError) in
      let bytes = (32..<1056).map { record.unsafeLoadUnaligned(fromByteOffset: $0, as: UInt8.self) }
      guard String(decoding: bytes, as: UTF8.self).hasPrefix("true\0\(argument)\0") else { return }
      parents.append(record.unsafeLoadUnaligned(fromByteOffset: 4, as: Int32.self))
    }
    #expect(parents == [getpid()])
  }

  @Test("packetcount counts packets by protocol, and drops those of a blocked network")
  func packets() throws {
    let object = try object("PacketCountKernel")
    let blocked = try object.map("blockedIPv4")
    try blocked.update(UInt32(24).bytes + [192, 0, 2, 0], to: UInt64(0).bytes)
    let filter = try object.program("filter")
    func run(_ source: [UInt8]) throws -> UInt32 {
      let frame =
        [UInt8](repeating: 0, count: 12) + [8, 0, 0x45] + [UInt8](repeating: 0, count: 8) + [17, 0, 0]
      return try filter.run(data: frame + source + [192, 0, 3, 1] + [UInt8](repeating: 0, count: 26))
        .returnValue
    }
    #expect(try run([192, 0, 2, 7]) == 1)
    #expect(try run([192, 0, 3, 7]) == 2)
    let hits = try blocked.lookup(UInt32(24).bytes + [192, 0, 2, 0])
    #expect(hits == UInt64(1).bytes)
    let processors = try object.map("received").lookupPerCPU(UInt32(4).bytes + UInt32(17).bytes)
    // The packets, then their bytes.
    let packets = try #require(processors).map { Int($0[0]) }
    #expect(packets.reduce(0, +) == 2)
  }
}
