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

/// Tests that traps end programs, and that user space reads how many and where.
@Suite("Traps of kernel modules", .kernel, .kernel(since: "6.7"), .compilers)
struct TrapTests {
  /// The programs take a number from the first byte of a packet.
  private static let source = """
    import BPFKernel
    func number(_ context: XDPContext) -> UInt8 { context.packet.load(UInt8.self, at: 0) ?? 0 }
    @section("xdp") func overflow(_ context: XDPContext) -> XDPAction {
      number(context) + 250 == 3 ? .drop : .pass
    }
    @section("xdp") func indexed(_ context: XDPContext) -> XDPAction {
      var numbers = InlineArray<8, UInt32>(repeating: 0)
      numbers[Int(number(context))] = 5
      return numbers[0] == 5 ? .drop : .pass
    }
    @section("xdp") func require(_ context: XDPContext) -> XDPAction {
      precondition(number(context) < 5)
      return .pass
    }
    @inline(never) func small(_ number: UInt8) -> UInt8? { number < 5 ? number : nil }
    @section("xdp") func unwrap(_ context: XDPContext) -> XDPAction {
      small(number(context))! == 3 ? .drop : .pass
    }
    @inline(never) func sum(_ number: UInt8) -> UInt8 {
      number + 253
    }
    @section("xdp") func called(_ context: XDPContext) -> XDPAction {
      sum(number(context)) == 4 ? .drop : .pass
    }
    """

  private struct Module {
    let object: Object
    let places: [ProgramTraps.Place]

    init(_ source: String) throws {
      let module = try withTemporaryDirectory {
        try KernelModuleFixture.compile(["Traps.swift": source], in: $0)
      }
      let bytes = try #require(module.object, "\(module.messages)")
      object = try ObjectFile(bytes: bytes, name: "traps").load()
      places = KernelModuleFixture.trapPlaces(in: module.accessors ?? "").compactMap {
        $0.wholeMatch(of: /(.*):(\d+): (.*)/).map {
          ProgramTraps.Place(file: String($0.1), line: Int($0.2) ?? 0, reason: String($0.3))
        }
      }
    }

    func run(_ program: String, _ number: UInt8, repetitions: Int = 1) throws -> UInt32 {
      let packet = [number] + [UInt8](repeating: 0, count: 63)
      return try object.program(program).run(data: packet, repetitions: repetitions).returnValue
    }

    func traps(_ program: String) throws -> ProgramTraps { try object.traps(of: program, places: places) }
  }

  private static let module = Result { try Module(source) }

  @Test(
    "A trap ends the program with the result 0, and is counted with its place",
    arguments: [
      ("overflow", "Traps.swift:4: arithmetic overflow"), ("indexed", "Traps.swift:8: index out of bounds"),
      ("require", "Traps.swift:12: precondition failure"),
      ("unwrap", "Traps.swift:17: unexpectedly found nil while unwrapping an Optional value"),
      ("called", "Traps.swift:20: arithmetic overflow"),
    ])
  func trap(program: String, place: String) throws {
    let module = try Self.module.get()
    #expect(try module.run(program, 1) == 2)
    let before = try module.traps(program)
    #expect(before.count == 0 && before.last == nil)
    #expect(try module.run(program, 200) == 0)
    #expect(try module.run(program, 201) == 0)
    let traps = try module.traps(program)
    #expect(traps.count == 2)
    #expect(traps.last?.description == place)
    #expect(try module.run(program, 2) == 2)
    #expect(try module.traps(program) == traps)
  }

  @Test("Traps at the same time on several threads are all counted")
  func concurrent() async throws {
    let module = try Module(Self.source)
    try await withThrowingTaskGroup { group in
      for _ in 0..<4 { group.addTask { _ = try module.run("overflow", 200, repetitions: 20_000) } }
      try await group.waitForAll()
    }
    #expect(try module.traps("overflow").count == 80_000)
  }

  @Test("The trap of a program that an event runs is counted")
  func event() throws {
    let module = try Module(
      """
      import BPFKernel
      public let process = Variable<UInt32>(0)
      @section("tp_btf/sys_enter") func entered(_ context: BTFTracepointContext) -> Int32 {
        precondition(CurrentTask.processID != process.value)
        return 0
      }
      """)
    let link = try module.object.program("entered").attach()
    #expect(try module.traps("entered").count == 0)
    try module.object.setVariable("process", to: UInt32(getpid()))
    // A system call.
    _ = try module.object.program("entered").info()
    let traps = try module.traps("entered")
    #expect(traps.count > 0)
    #expect(traps.last?.description == "Traps.swift:4: precondition failure")
    try link.detach()
  }

  @Test(
    "A trap where the kernel does not allow one is refused with why, what to do, and the line",
    arguments: [
      (
        "while a record is reserved or another reference is held: compute before, or use ", 5,
        """
        let records = RingBuffer<UInt64>(bytes: 4096)
        @section("tc") func run(_ context: TCContext) -> TCAction {
          guard let record = records.reserve() else { return .pass }
          record.value = UInt64(context.length + context.mark)
          record.submit()
          return .pass
        }
        """
      ),
      (
        "while a lock is held: compute before, or use ", 5,
        """
        let totals = ArrayMap<SpinLocked<UInt32>>(maxEntries: 1)
        @section("tc") func run(_ context: TCContext) -> TCAction {
          let bytes = context.length
          totals.withValue(of: 0) { $0.withLock { $0 += bytes } }
          return .pass
        }
        """
      ),
      (
        "in programs of type raw_tracepoint: use ", 3,
        """
        @section("raw_tp/sys_enter") func run(_ context: RawTracepointContext) -> Int32 {
          precondition(CurrentTask.processID != 0)
          return 0
        }
        """
      ),
      (
        "in a callback, such as that of a loop or a timer: use ", 5,
        """
        let sums = ArrayMap<UInt32>(maxEntries: 1)
        @section("xdp") func run(_ context: XDPContext) -> XDPAction {
          bpfLoop(1000, nil) { index, _ in
            sums.withValue(of: 0) { $0 += UInt32(truncatingIfNeeded: index) }
            return 0
          }
          return .pass
        }
        """
      ),
    ])
  func refused(reason: String, line: Int, source: String) throws {
    let error = try #require(throws: BPFError.self) { _ = try Module("import BPFKernel\n" + source) }
    #expect(error.code == .rejected)
    #expect(
      error.explanation.hasPrefix("the program can trap, which the kernel does not allow " + reason),
      "\(error)")
    #expect(error.explanation.contains("operations that do not trap, such as &+"), "\(error)")
    #expect(error.explanation.contains("@ Traps.swift:\(line)"), "\(error)")
  }
}
