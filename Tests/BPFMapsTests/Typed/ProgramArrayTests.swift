//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Program arrays", .kernel)
struct ProgramArrayTests {
  @Test("A program tail-calls the program in the array")
  func tailCall() throws {
    let programs = try ProgramArray(name: UniqueName.next(), maxEntries: 4)
    let caller = try programs.handle.withFileDescriptor {
      try FixtureDescriptor.tailCallingProgram(map: $0, index: 2, otherwise: 1)
    }
    #expect(try caller.run() == 1)
    for answer in [77, 78] as [Int32] {
      // Only the map keeps the program loaded.
      let program = try FixtureDescriptor.program(returning: answer)
      try programs.update(2, to: program.fileDescriptor)
      #expect(try caller.run() == UInt32(answer))
    }
    #expect(try caller.run() == 78)
    #expect(try programs.delete(2))
    #expect(try caller.run() == 1)
  }

  @Test("Returns the IDs of programs")
  func ids() throws {
    let programs = try ProgramArray(maxEntries: 4)
    let (first, second) = (try FixtureDescriptor.program(), try FixtureDescriptor.program())
    try programs.update(1, to: first.fileDescriptor)
    try programs.update(UInt32(3), to: second.fileDescriptor)
    #expect(try programs.lookup(0) == nil)
    #expect(try programs.lookup(1) == ProgramID(rawValue: first.programID))
    #expect(try programs.lookup(UInt32(3))?.rawValue == second.programID)
    #expect(try programs.entries().map(\.key) == [1, 3])
    #expect(try programs.entries().map(\.value.rawValue) == [first.programID, second.programID])
    #expect(try Array(programs.keys()) == [1, 3])
    #expect(try programs.count() == 2)
    #expect(try programs.contains(1))
    #expect(try programs.deleteAll() == 2)
    #expect(try !programs.delete(1))
  }

  @Test("Refuses other objects, and names their kind")
  func refusals() throws {
    let programs = try ProgramArray(maxEntries: 2)
    let socket = try FixtureDescriptor.listeningSocket()
    let wrong = #expect(throws: BPFError.self) { try programs.update(0, to: socket.fileDescriptor) }
    #expect(wrong?.code == .wrongObject)
    #expect(wrong?.description.contains("is a socket, not a BPF program") == true)
    let map = #expect(throws: BPFError.self) {
      try programs.handle.withFileDescriptor { try programs.update(0, to: $0) }
    }
    #expect(map?.description.contains("is a BPF map, not a BPF program") == true)
    let closed = #expect(throws: BPFError.self) {
      try programs.update(0, to: FileDescriptor(rawValue: -1))
    }
    #expect(closed?.code == .invalidArgument)
    #expect(closed?.description.contains("descriptor -1 is not open") == true)

    let (program, xdp) = (try FixtureDescriptor.program(), try FixtureDescriptor.program(.xdp))
    try programs.update(0, to: program.fileDescriptor)
    let otherType = #expect(throws: BPFError.self) { try programs.update(1, to: xdp.fileDescriptor) }
    #expect(otherType?.code == .invalidArgument)
    #expect(otherType?.description.contains("the program's type") == true)
    for index in [2, -1, Int(UInt32.max) + 1, Int.max, Int.min] {
      let beyond = #expect(throws: BPFError.self) { try programs.update(index, to: program.fileDescriptor) }
      #expect(beyond?.code == .outOfBounds)
      #expect(try programs.lookup(index) == nil)
      #expect(try !programs.delete(index))
    }
    #expect(try programs.count() == 1)
  }

  @Test("bpftool sees the same IDs", .bpftool)
  func bpftool() throws {
    let programs = try ProgramArray(maxEntries: 2)
    let program = try FixtureDescriptor.program()
    try programs.update(1, to: program.fileDescriptor)
    let entry = try Bpftool.run("map", "lookup", "id", "\(programs.id)", "key", "1", "0", "0", "0")
    #expect(UInt32(bytes: entry["value"].bytes) == (try program.programID))
  }
}
