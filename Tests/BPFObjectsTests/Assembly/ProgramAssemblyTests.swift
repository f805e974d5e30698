//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

@Suite("Programs from instructions", .kernel)
struct ProgramAssemblyTests {
  private static let packet = [UInt8](repeating: 0, count: 14)

  /// Runs a program of type xdp on an empty packet, and returns its result.
  private func run(_ code: Assembly) throws -> UInt32 {
    try Program(type: .xdp, name: "run", assembly: code, license: "GPL").run(data: Self.packet).returnValue
  }

  @Test("Runs a list of instructions", .bpftool)
  func instructions() throws {
    let program = try Program(
      type: .xdp, name: "a_name_of_more_than_15_bytes", instructions: [.move(2, to: .r0), .exit],
      license: "GPL")
    #expect(try program.run(data: Self.packet).returnValue == 2)
    #expect(program.name == "a_name_of_more_than_15_bytes" && program.type == .xdp)
    let theirs = try Bpftool.run("prog", "show", "id", "\(program.id)")
    #expect(theirs["name"].string == "a_name_of_more_" && theirs["type"].string == "xdp")
    #expect(theirs["gpl_compatible"].bool == true)
    let closed = try Program(type: .xdp, instructions: Instruction.returnTwo, license: "MIT")
    #expect(try !closed.info().isGPLCompatible)
    #expect(try closed.translatedInstructions() == Instruction.returnTwo)
  }

  @Test("Computes as the processor does")
  func arithmetic() throws {
    let (a, b): (Int32, Int32) = (-1_234_567, 89)
    let cases: [(Statement, UInt32)] = [
      (.add(.r1, to: .r0), UInt32(bitPattern: a &+ b)),
      (.subtract(.r1, from: .r0), UInt32(bitPattern: a &- b)),
      (.multiply(.r0, by: .r1), UInt32(bitPattern: a &* b)), (.or(.r1, into: .r0), UInt32(bitPattern: a | b)),
      (.divide(.r0, by: .r1, width: .bits32), UInt32(bitPattern: a) / UInt32(b)),
      (.remainder(of: .r0, by: .r1, width: .bits32), UInt32(bitPattern: a) % UInt32(b)),
      (.divide(.r0, by: .r2, width: .bits32), 0), (.xor(.r1, into: .r0), UInt32(bitPattern: a ^ b)),
      (.and(.r1, into: .r0), UInt32(bitPattern: a & b)), (.negate(.r0), UInt32(bitPattern: -a)),
      (.shiftLeft(.r0, by: 5), UInt32(bitPattern: a << 5)),
      (.shiftRight(.r0, by: 5, width: .bits32), UInt32(bitPattern: a) >> 5),
      (.shiftRightSigned(.r0, by: 5), UInt32(bitPattern: a >> 5)),
      (.convertToBigEndian(.r0, .word), UInt32(bitPattern: a).bigEndian),
      (.convertToLittleEndian(.r0, .halfWord), UInt32(UInt16(truncatingIfNeeded: a).littleEndian)),
    ]
    for (statement, expected) in cases {
      let code: Assembly = [
        .move(.constant(a), to: .r0), .move(.constant(b), to: .r1), .move(0, to: .r2), statement, .exit,
      ]
      #expect(try run(code) == expected)
    }
  }

  @Test("Computes as the processor does, in cpu v4", .kernel(since: "6.6"))
  func version4() throws {
    let (a, b): (Int32, Int32) = (-1_234_567, 89)
    let cases: [(Statement, UInt32)] = [
      (.divideSigned(.r0, by: .r1), UInt32(bitPattern: a / b)),
      (.remainderSigned(of: .r0, by: .r1), UInt32(bitPattern: a % b)),
      (.move(signed: .r1, .byte, to: .r0), 89), (.swapBytes(.r0, .word), UInt32(bitPattern: a).byteSwapped),
      (.move(signed: .r0, .byte, to: .r0), UInt32(bitPattern: Int32(Int8(truncatingIfNeeded: a)))),
    ]
    for (statement, expected) in cases {
      let code: Assembly = [.move(.constant(a), to: .r0), .move(.constant(b), to: .r1), statement, .exit]
      #expect(try run(code) == expected)
    }
  }

  @Test("Refers to maps by their handles")
  func maps() throws {
    let hits = try HashMap<UInt32, UInt64>(name: "hits", maxEntries: 4)
    try hits.update(7, to: 40)
    let code: Assembly = [
      .store(7, .word, at: .r10, offset: -4),
      .load(map: hits.handle, to: .r1), .move(.r10, to: .r2), .add(-4, to: .r2),
      .call(.mapLookupElem),
      .jump(to: "missing", if: .equal(.r0, 0)),
      .move(2, to: .r1), .atomic(.add, .r1, at: .r0),
      .load(from: .r0, to: .r0), .exit,
      .label("missing"),
      .move(0, to: .r0), .exit,
    ]
    #expect(try run(code) == 42)
    #expect(try hits[7] == 42)
    try hits.delete(7)
    #expect(try run(code) == 0)
    let program = try Program(type: .xdp, assembly: code, license: "GPL")
    #expect(try program.info().mapIDs == [hits.handle.id])
  }

  @Test("A statement keeps its map open")
  func retention() throws {
    func code() throws -> Assembly {
      let map = try ArrayMap<UInt64>(name: "kept", maxEntries: 1)
      try map.update(0, to: 5)
      return [.load(valueOf: map.handle, to: .r1), .load(from: .r1, to: .r0), .exit]
    }
    let kept = try code()
    #expect(try run(kept) == 5)
  }

  @Test("Refers to global variables of an object", .feature(.globalVariables))
  func variables() throws {
    let object = try ObjectFixture.object("globals").load()
    try object.setVariable("counter", to: UInt32(30))
    let code: Assembly = [
      try .load(variable: "counter", of: object, to: .r1),
      .load(.word, from: .r1, to: .r0), .add(3, to: .r0), .store(.r0, .word, at: .r1), .exit,
    ]
    #expect(try run(code) == 33)
    #expect(try object.variable("counter", as: UInt32.self) == 33)
    let missing = #expect(throws: BPFError.self) {
      try Statement.load(variable: "no_such_variable", of: object, to: .r1)
    }
    #expect(missing?.code == .notFound)
  }

  @Test("Calls its own functions")
  func functions() throws {
    let code: Assembly = [
      .move(5, to: .r1), .call(function: "square"), .move(.r0, to: .r6),
      .move(4, to: .r1), .call(function: "square"), .add(.r6, to: .r0), .exit,
      .label("square"),
      .move(.r1, to: .r0), .multiply(.r0, by: .r0), .exit,
    ]
    #expect(try run(code) == 41)
  }

  @Test("Has its functions called back", .kernel(since: "5.17"))
  func callbacks() throws {
    let program = try Program(
      type: .xdp, name: "sum",
      assembly: [
        .store(0, at: .r10, offset: -8),
        .move(5, to: .r1), .load(function: "add one", to: .r2), .move(.r10, to: .r3), .add(-8, to: .r3),
        .move(0, to: .r4), .call(.loop),
        .load(from: .r10, offset: -8, to: .r0), .exit,
        // The arguments are the index, and the address of the sum.
        .label("add one"),
        .load(from: .r2, to: .r3), .add(.r1, to: .r3), .store(.r3, at: .r2), .move(0, to: .r0), .exit,
      ], license: "GPL")
    #expect(try program.run(data: Self.packet).returnValue == 0 + 1 + 2 + 3 + 4)
    #expect(try program.image().functions.map(\.name) == ["sum", "add_one"])
    #expect(try program.disassembly().description.contains("int add_one(void * argument):"))
  }

  @Test("Calls kfuncs by name", .kernel(since: "6.2"))
  func kernelFunctions() throws {
    let program = try Program(
      type: .syscall, name: "locks",
      assembly: [
        .call(kernelFunction: "bpf_rcu_read_lock"), .call(kernelFunction: "bpf_rcu_read_unlock"),
        .move(3, to: .r0), .exit,
      ], license: "GPL", flags: .sleepable)
    #expect(try program.run().returnValue == 3)
    let missing = #expect(throws: BPFError.self) {
      try Program(
        type: .syscall, assembly: [.call(kernelFunction: "no_such_kfunc"), .exit], license: "GPL",
        flags: .sleepable)
    }
    #expect(missing?.code == .notFound)
    #expect(missing?.explanation.contains("'no_such_kfunc'") == true)
  }

  @Test("Finds its attach target by name", .feature(.trampolines))
  func attachTarget() throws {
    let code: Assembly = [.move(0, to: .r0), .exit]
    let program = try Program(
      type: .tracing, name: "entry", assembly: code, license: "GPL", expectedAttachType: .traceFentry,
      attachTarget: "bpf_fentry_test1")
    let target = try #require(try BTFTypes.vmlinux().find(.function, named: "bpf_fentry_test1")).id
    // The kernel tells it since Linux 5.18.
    let told = KernelRelease.isOlder(than: "5.18") ? 0 : target
    #expect(try program.info().attachBTFTypeID == told)
    let link = try program.attach()
    #expect(try link.info().target.tracing?.attachType == .traceFentry)
    let missing = #expect(throws: BPFError.self) {
      try Program(
        type: .tracing, assembly: code, license: "GPL", expectedAttachType: .traceFentry,
        attachTarget: "no_such_function")
    }
    #expect(missing?.code == .notFound && missing?.explanation.contains("no_such_function") == true)
  }

  @Test("Explains what the verifier rejects")
  func refusals() throws {
    let rejected = #expect(throws: BPFError.self) {
      try Program(type: .xdp, name: "bad", assembly: [.exit], license: "GPL")
    }
    #expect(rejected?.code == .rejected && rejected?.programName == "bad")
    #expect(rejected?.explanation.hasPrefix("R0 !read_ok\nat instruction 0: (95) exit") == true)
    #expect(rejected?.log?.contains("processed") == true)
    let undefined = #expect(throws: BPFError.self) {
      try Program(type: .xdp, assembly: [.jump(to: "end"), .exit], license: "GPL")
    }
    #expect(
      undefined?.code == .invalidArgument
        && undefined?.explanation.contains("the label 'end', which is not defined") == true)
    let empty = #expect(throws: BPFError.self) { try Program(type: .xdp, assembly: [], license: "GPL") }
    #expect(empty?.code == .invalidArgument && empty?.explanation == "it has no instructions")
    let license = #expect(throws: BPFError.self) {
      try Program(
        type: .kprobe,
        assembly: [
          .move(.r10, to: .r1), .add(-8, to: .r1), .move(8, to: .r2), .move(0, to: .r3), .call(.probeRead),
          .exit,
        ], license: "Proprietary")
    }
    #expect(license?.explanation.contains("GPL") == true)
  }

  @Test("Keeps the verifier log on request")
  func log() throws {
    let program = try Program(
      type: .xdp, instructions: Instruction.returnTwo, license: "GPL", verifierLog: .states)
    #expect(program.verifierLog?.contains("0: (b7) r0 = 2") == true)
  }
}

extension Instruction {
  fileprivate static let returnTwo: [Instruction] = [.move(2, to: .r0), .exit]
}
