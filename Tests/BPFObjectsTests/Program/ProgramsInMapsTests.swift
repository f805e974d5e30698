//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Programs in maps", .bpftool)
struct ProgramsInMapsTests {
  private static func object() throws -> Object {
    try ObjectFixture.object("programs_in_maps").load()
  }

  /// Returns the value at an index according to bpftool.
  private static func value(_ map: MapHandle, at index: UInt8) throws -> [UInt8] {
    try Bpftool.run("map", "lookup", "id", "\(map.id)", "key", "\(index)", "0", "0", "0")["value"].bytes
  }

  @Test("A program array keeps its programs, and rejects other program types")
  func programArray() throws {
    let object = try Self.object()
    let calls = try ProgramArray(object.map("calls"))
    let jump = try object.program("jump")
    let data = [UInt8](repeating: 0, count: 64)
    #expect(try jump.run(data: data).returnValue == 1)
    do {
      // No other reference is left when this scope ends.
      let seven = try Self.object().program("seven")
      try calls.update(2, to: seven)
      try calls.update(UInt32(3), to: seven)
      for index in [2, 3] as [UInt8] {
        #expect(try Self.value(calls.handle, at: index) == seven.id.rawValue.bytes)
      }
    }
    #expect(try jump.run(data: data).returnValue == 7)

    let refusal = #expect(throws: BPFError.self) { try calls.update(2, to: object.program("to_cpu")) }
    #expect(refusal?.code == .invalidArgument)
    let beyond = #expect(throws: BPFError.self) { try calls.update(4, to: jump) }
    #expect(beyond?.code == .outOfBounds)
    #expect(try jump.run(data: data).returnValue == 7)
  }

  @Test("Device and CPU maps accept programs loaded for them")
  func redirection() throws {
    let object = try Self.object()
    let (toDevice, toCPU) = (try object.program("to_device"), try object.program("to_cpu"))
    let devices = try DevMap(name: UniqueName.next(), maxEntries: 2)
    try devices.update(0, toInterface: 1, program: toDevice)
    try devices.update(UInt32(1), toInterface: 1, program: toDevice)
    for index in [0, 1] as [UInt8] {
      #expect(try Self.value(devices.handle, at: index) == UInt32(1).bytes + toDevice.id.rawValue.bytes)
    }
    let hash = try DevMapHash(name: UniqueName.next(), maxEntries: 2)
    try hash.update(7, toInterface: 1, program: toDevice, flags: .noExist)
    #expect(try Self.value(hash.handle, at: 7) == UInt32(1).bytes + toDevice.id.rawValue.bytes)
    let wrong = #expect(throws: BPFError.self) { try devices.update(0, toInterface: 1, program: toCPU) }
    #expect(wrong?.code == .invalidArgument)

    let cpus = try CPUMap(name: UniqueName.next())
    try cpus.update(0, queueSize: 192, program: toCPU)
    #expect(try Self.value(cpus.handle, at: 0) == UInt32(192).bytes + toCPU.id.rawValue.bytes)
    try cpus.update(UInt32(0), queueSize: 64, program: toCPU)
    #expect(try Self.value(cpus.handle, at: 0) == UInt32(64).bytes + toCPU.id.rawValue.bytes)
    let other = #expect(throws: BPFError.self) { try cpus.update(0, queueSize: 64, program: toDevice) }
    #expect(other?.code == .invalidArgument)
  }
}
