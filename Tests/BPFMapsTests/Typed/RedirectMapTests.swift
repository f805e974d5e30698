//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Glibc
import KernelFixtures
import Testing

@Suite("XDP redirect maps", .kernel)
struct RedirectMapTests {
  private let loopback = Int(if_nametoindex("lo"))

  // MARK: - Devices

  @Test("A devmap has devices by index")
  func devMap() throws {
    let devices = try DevMap(name: UniqueName.next(), maxEntries: 4)
    #expect(devices.handle.valueSize == 8)
    #expect(try devices.lookup(0) == nil)
    try devices.update(0, toInterface: loopback)
    try devices.update(UInt32(3), toInterface: loopback, flags: .exist)
    #expect(try devices.lookup(0) == NetworkDevice(interfaceIndex: loopback))
    #expect(try devices.entries().map(\.key) == [0, 3])
    #expect(try Array(devices.keys()) == [0, 3])
    #expect(try devices.count() == 2)
    let there = #expect(throws: BPFError.self) {
      try devices.update(0, toInterface: loopback, flags: .noExist)
    }
    #expect(there?.code == .alreadyExists)
    for index in [4, -1, Int(UInt32.max) + 1, Int.max, Int.min] {
      let beyond = #expect(throws: BPFError.self) { try devices.update(index, toInterface: loopback) }
      #expect(beyond?.code == .outOfBounds)
      #expect(try devices.lookup(index) == nil)
      #expect(try !devices.delete(index))
    }
    #expect(try devices.delete(0))
    #expect(try devices.lookup(0) == nil)
    #expect(try devices.deleteAll() == 1)
  }

  @Test("A devmap hash has devices by any number")
  func devMapHash() throws {
    let devices = try DevMapHash(name: UniqueName.next(), maxEntries: 2)
    let program = try FixtureDescriptor.deviceMapProgram()
    try devices.update(.max, toInterface: loopback)
    try devices.update(7, toInterface: loopback, program: program.fileDescriptor, flags: .noExist)
    let there = #expect(throws: BPFError.self) {
      try devices.update(7, toInterface: loopback, flags: .noExist)
    }
    #expect(there?.code == .alreadyExists)
    #expect(try devices.lookup(.max)?.programID == nil)
    #expect(try devices.lookup(7)?.programID?.rawValue == program.programID)
    #expect(try Set(devices.entries().map(\.key)) == [7, .max])
    let programs = try devices.entries().map(\.value.programID?.rawValue)
    #expect(try Set(programs) == [nil, program.programID])
    let full = #expect(throws: BPFError.self) { try devices.update(8, toInterface: loopback) }
    #expect(full?.code == .mapFull)
    #expect(try devices.delete(7))
    #expect(try devices.count() == 1)
  }

  @Test("Refuses missing devices and unsuitable programs")
  func deviceRefusals() throws {
    let devices = try DevMap(maxEntries: 1)
    for index in [0, -1, 99_999_999, Int(UInt32.max) + 2, Int.max, Int.min] {
      let error = #expect(throws: BPFError.self) { try devices.update(0, toInterface: index) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.description.contains("no network device with index \(index)") == true)
    }
    func refused(_ program: FileDescriptor, _ code: BPFError.Code, _ explanation: String) {
      let error = #expect(throws: BPFError.self) {
        try devices.update(0, toInterface: loopback, program: program)
      }
      #expect(error?.code == code)
      #expect(error?.description.contains(explanation) == true, "\(String(describing: error))")
    }
    let (plain, socket) = (try FixtureDescriptor.program(.xdp), try FixtureDescriptor.listeningSocket())
    refused(plain.fileDescriptor, .invalidArgument, "BPF_XDP_DEVMAP")
    refused(socket.fileDescriptor, .wrongObject, "is a socket, not a BPF program")
    refused(FileDescriptor(rawValue: -1), .invalidArgument, "descriptor -1 is not open")
    #expect(try devices.count() == 0)
  }

  @Test(
    "A map with 4-byte values accepts devices but not programs", arguments: [MapType.devMap, .devMapHash])
  func narrowDevices(type: MapType) throws {
    func exercise(_ devices: some DeviceMap) throws {
      try devices.update(1 as UInt32, toInterface: loopback)
      #expect(try devices.lookup(1 as UInt32) == NetworkDevice(interfaceIndex: loopback))
      #expect(try devices.entries().map(\.value.interfaceIndex) == [loopback])
      let program = try FixtureDescriptor.deviceMapProgram()
      let error = #expect(throws: BPFError.self) {
        try devices.update(0 as UInt32, toInterface: loopback, program: program.fileDescriptor)
      }
      #expect(error?.code == .unsupported)
      #expect(error?.description.contains("8-byte values") == true)
    }
    let handle = try MapHandle.fixture(type, valueSize: 4, maxEntries: 4)
    if type == .devMap { try exercise(DevMap(handle)) } else { try exercise(DevMapHash(handle)) }
  }

  @Test("Accepts a program whose descriptor is 0")
  func descriptorZero() async {
    await #expect(processExitsWith: .success) {
      let program = try FixtureDescriptor.deviceMapProgram()
      #expect(dup2(program.number, 0) == 0)
      let devices = try DevMap(maxEntries: 1)
      let before = OpenDescriptors.count
      try devices.update(0, toInterface: 1, program: FileDescriptor(rawValue: 0))
      #expect(try devices.lookup(0)?.programID?.rawValue == program.programID)
      #expect(OpenDescriptors.count == before)
    }
  }

  @Test("bpftool sees the device", .bpftool)
  func bpftool() throws {
    let devices = try DevMap(maxEntries: 2)
    try devices.update(1, toInterface: loopback)
    let entry = try Bpftool.run("map", "lookup", "id", "\(devices.id)", "key", "1", "0", "0", "0")
    #expect(entry["value"].bytes == UInt32(loopback).bytes + [0, 0, 0, 0])
  }

  // MARK: - CPUs

  @Test("A CPU map has queues by CPU")
  func cpuMap() throws {
    let cpus = try CPUMap(name: UniqueName.next())
    #expect(cpus.maxEntries == (try PossibleCPUs.current().ids.last ?? 0) + 1)
    #expect(try cpus.lookup(0) == nil)
    let program = try FixtureDescriptor.cpuMapProgram()
    try cpus.update(0, queueSize: 192)
    #expect(try cpus.lookup(0) == CPUMap.Entry(queueSize: 192))
    try cpus.update(UInt32(0), queueSize: 16384, program: program.fileDescriptor)
    #expect(
      try cpus.lookup(UInt32(0))
        == CPUMap.Entry(queueSize: 16384, programID: ProgramID(rawValue: program.programID)))
    #expect(try cpus.entries().map(\.key) == [0])
    #expect(try cpus.count() == 1)
    #expect(try cpus.delete(0))
    #expect(try cpus.lookup(0) == nil)
    #expect(try cpus.deleteAll() == 0)
  }

  @Test("Refuses invalid queue sizes, CPUs, and programs")
  func cpuRefusals() throws {
    let cpus = try CPUMap()
    for size in [0, -1, 16385, Int(UInt32.max) + 2, Int.max, Int.min] {
      let error = #expect(throws: BPFError.self) { try cpus.update(0, queueSize: size) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.description.contains("1 to 16384 packets, not \(size)") == true)
    }
    for cpu in [cpus.maxEntries, -1, Int(UInt32.max) + 1, Int.max, Int.min] {
      let error = #expect(throws: BPFError.self) { try cpus.update(cpu, queueSize: 1) }
      #expect(error?.code == .outOfBounds)
      #expect(try cpus.lookup(cpu) == nil)
      #expect(try !cpus.delete(cpu))
    }
    func refused(_ program: FileDescriptor, _ code: BPFError.Code, _ explanation: String) {
      let error = #expect(throws: BPFError.self) { try cpus.update(0, queueSize: 1, program: program) }
      #expect(error?.code == code)
      #expect(error?.description.contains(explanation) == true, "\(String(describing: error))")
    }
    let (plain, socket) = (try FixtureDescriptor.program(.xdp), try FixtureDescriptor.listeningSocket())
    refused(plain.fileDescriptor, .invalidArgument, "BPF_XDP_CPUMAP")
    refused(socket.fileDescriptor, .wrongObject, "is a socket, not a BPF program")
    refused(FileDescriptor(rawValue: -1), .invalidArgument, "descriptor -1 is not open")
    #expect(try cpus.count() == 0)
  }

  @Test("Refuses a number that no CPU has")
  func impossibleCPU() throws {
    let first = (try PossibleCPUs.current().ids.last ?? 0) + 1
    let cpus = try CPUMap(maxEntries: first + 1)
    let error = #expect(throws: BPFError.self) { try cpus.update(first, queueSize: 1) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.description.contains("no CPU \(first)") == true)
  }

  @Test("A CPU map with 4-byte values refuses programs")
  func narrowCPUs() throws {
    let cpus = try CPUMap(MapHandle.fixture(.cpuMap, valueSize: 4, maxEntries: 1))
    try cpus.update(0, queueSize: 8)
    #expect(try cpus.lookup(0) == CPUMap.Entry(queueSize: 8))
    #expect(try cpus.entries().map(\.value.queueSize) == [8])
    let program = try FixtureDescriptor.cpuMapProgram()
    let error = #expect(throws: BPFError.self) {
      try cpus.update(0, queueSize: 8, program: program.fileDescriptor)
    }
    #expect(error?.code == .unsupported)
  }
}
