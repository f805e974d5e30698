//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPF
internal import Foundation

/// A program in C, and the same in Swift.
struct ProgramPair: Sendable {
  /// The name in the table.
  var name: String
  /// The path of the C source in the package.
  var cSource: String
  /// The name of the program in C.
  var cProgram: String
  /// The folder of the kernel module in the package. Its name is that of the module.
  var moduleFolder: String
  /// The name of the program in Swift.
  var program: String
  /// The name and value of a constant that is set before the program is loaded.
  var constant: (name: String, value: UInt32)?
  var measurement: Measurement

  var module: String { URL(filePath: moduleFolder).lastPathComponent }

  /// How run times are measured.
  enum Measurement {
    /// In test runs on a packet, repeated without statistics.
    case testRun([UInt8])
    /// While all forms are attached and something causes events. The times include the kernel's own measuring.
    case events(@Sendable () throws -> Void)
  }
}

extension ProgramPair {
  static let all: [ProgramPair] = [
    ProgramPair("packetcount, IPv4", example: "packetcount", "PacketCountKernel", "filter", .testRun(ipv4)),
    ProgramPair("packetcount, IPv6", example: "packetcount", "PacketCountKernel", "filter", .testRun(ipv6)),
    ProgramPair(
      "execsnoop", example: "execsnoop", "ExecSnoopKernel", "executed", .events { try execute(100) }),
    ProgramPair("runqlat, woken", example: "runqlat", "RunQLatKernel", "woken", .events { sleep(2000) }),
    ProgramPair(
      "runqlat, switched", example: "runqlat", "RunQLatKernel", "switched", .events { sleep(2000) }),
    ProgramPair(
      name: "system_calls", cSource: "Sources/bpfmap/Top/system_calls.bpf.c", cProgram: "count_system_call",
      moduleFolder: "Benchmarks/Sources/SystemCallsKernel", program: "countSystemCall",
      constant: ("machine", machine), measurement: .events { for _ in 0..<100_000 { _ = getppid() } }),
  ]

  private init(
    _ name: String, example: String, _ module: String, _ program: String, _ measurement: Measurement
  ) {
    self.init(
      name: name, cSource: "Examples/Sources/\(example)/\(example).bpf.c", cProgram: program,
      moduleFolder: "Examples/Sources/\(module)", program: program, measurement: measurement)
  }

  /// The machine's number in `enum machine`.
  private static let machine: UInt32 = {
    #if arch(arm64)
    2
    #else
    1
    #endif
  }()

  private static let addresses: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
  private static let ipv4: [UInt8] =
    addresses + [8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]
    + [UInt8](repeating: 0, count: 26)
  private static let ipv6: [UInt8] =
    addresses + [0x86, 0xdd, 0x60, 0, 0, 0, 0, 20, 6, 64] + [UInt8](repeating: 1, count: 52)

  private static func execute(_ count: Int) throws {
    for _ in 0..<count {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/true")
      try process.run()
      process.waitUntilExit()
    }
  }

  private static func sleep(_ count: Int) { for _ in 0..<count { usleep(1) } }
}

// MARK: - Measuring

extension ProgramPair {
  /// Loads all forms and measures them in turns.
  func results(_ compiler: Compiler, rounds: Int) throws -> [Result] {
    let programs = try Form.allCases.map { form in
      var file = try compiler.object(self, form)
      if let constant { try file.setVariable(constant.name, to: constant.value) }
      let object = try file.load()
      let name = form == .c ? cProgram : program
      guard let program = object.programs[name] else { throw Failure("\(cSource) has no program '\(name)'") }
      return (object, program)
    }
    let times = try (0..<rounds).map { round in try measured(programs.map(\.1), rotatedBy: round) }
    let medians = programs.indices.map { index in median(times.map { $0[index] }) }
    let instructions = try programs.map { try $0.1.info().translatedSize / 8 }
    return Form.allCases.enumerated().map { index, form in
      Result(
        program: name, form: form, instructions: instructions[index],
        instructionsToC: Double(instructions[index]) / Double(instructions[0]), nanoseconds: medians[index],
        timeToC: medians[index].flatMap { time in medians[0].map { time / $0 } })
    }
  }

  /// Returns the time of a run of each program in nanoseconds, in one round. Each round begins with another program.
  private func measured(_ programs: [Program], rotatedBy round: Int) throws -> [Double] {
    var times = [Double](repeating: 0, count: programs.count)
    let order = programs.indices.map { ($0 + round) % programs.count }
    switch measurement {
    case .testRun(let packet):
      let repetitions = 1_000_000
      for index in order {
        let before = ProgramPair.processorTime()
        _ = try programs[index].run(data: packet, repetitions: repetitions)
        times[index] = (ProgramPair.processorTime() - before) / Double(repetitions)
      }
    case .events(let cause):
      let statistics = try Program.RunTimeStatistics()
      let before = try programs.map { try $0.info() }
      // The kernel runs the programs in the order in which they are attached.
      let links = try order.map { try programs[$0].attach() }
      try cause()
      let after = try programs.map { try $0.info() }
      withExtendedLifetime((statistics, links)) {}
      for index in programs.indices {
        let runs = Double(after[index].runCount - before[index].runCount)
        times[index] = (after[index].runTime - before[index].runTime).nanoseconds / max(runs, 1)
      }
    }
    return times
  }

  /// The time in nanoseconds that this thread was on a processor. The kernel runs the programs of test runs in it.
  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
  }

  private func median(_ numbers: [Double]) -> Double? {
    numbers.isEmpty ? nil : numbers.sorted()[numbers.count / 2]
  }
}

extension Duration {
  fileprivate var nanoseconds: Double {
    Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9
  }
}
