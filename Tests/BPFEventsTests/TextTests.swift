//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
@testable import BPFEvents
import KernelFixtures
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

@Suite("Lines that the kernel keeps", .timeLimit(.minutes(20)))
struct TextTests {
  @Test("What programs print comes out of the trace, mounted or not", .kernel, .sources)
  func tracePipe() async throws {
    let pipe = try TracePipe()
    let object = try EventFixture.object("requests").load()
    let program = try #require(object.programs["print"])
    // Whoever else reads the trace takes lines away: hence more than one.
    let number = UInt32.random(in: 1_000_000...2_000_000)
    let done = Flag()
    let printer = Worker.start {
      while !done.isSet {
        _ = try program.run(context: number.bytes)
        usleep(10_000)
      }
    }
    for try await line in pipe.lines(every: .milliseconds(5)) {
      guard let message = line.message, message.text == "swift-bpf says \(number)" else { continue }
      #expect(message.event == "bpf_trace_printk" && message.threadID > 0 && message.time > .zero)
      break
    }
    done.set()
    _ = try printer.join()
  }

  @Test("A stream that nobody wrote to has no lines; waiting for one is cancelled", .kernel, .sources)
  func streams() async throws {
    let object = try EventFixture.object("requests").load()
    let program = try #require(object.programs["drain"])
    #expect(try program.read(.standardOutput) == [])
    #expect(try program.read(.standardError, limit: -1) == [])
    let reader = Task { for try await _ in program.lines(of: .standardError) { Issue.record("a line") } }
    reader.cancel()
    try await reader.value
  }

  @Test("Lines are put together of what comes, and given without their ends")
  func splitting() {
    var splitter = LineSplitter()
    #expect(splitter.next() == nil)
    splitter.append(Array("one\ntwo\n\nthr".utf8))
    #expect([splitter.next(), splitter.next(), splitter.next(), splitter.next()] == ["one", "two", "", nil])
    splitter.append(Array("ee\n".utf8))
    #expect(splitter.next() == "three")
    #expect(splitter.next() == nil)
    splitter.append([UInt8](repeating: 120, count: 1 << 17))
    #expect(splitter.next()?.utf8.count == 1 << 17)
    #expect(splitter.next() == nil)
    splitter.append([0xff, 10])
    #expect(splitter.next() == "\u{fffd}")
  }

  @Test("Lines of the trace are read, whatever the task is called")
  func parsing() throws {
    let plain = try #require(
      TraceLine("            bash-1234    [001] d..21  1234.567890: bpf_trace_printk: hello: world").message)
    #expect(plain.task == "bash" && plain.threadID == 1234 && plain.cpu == 1 && plain.flags == "d..21")
    #expect(plain.time == .microseconds(1_234_567_890))
    #expect(plain.event == "bpf_trace_printk" && plain.text == "hello: world")

    let odd = try #require(
      TraceLine(" a-1 [x] (y)-77  (  70) [012] ..... 1.000001: sched_switch: prev=[0] next=1").message)
    #expect(odd.task == "a-1 [x] (y)" && odd.threadID == 77 && odd.cpu == 12)
    #expect(odd.event == "sched_switch" && odd.text == "prev=[0] next=1")

    #expect(TraceLine("CPU:3 [LOST 42 EVENTS]").lost == TraceLine.Lost(cpu: 3, count: 42))
    for line in [
      "", "[", "]", "[]", "x-1 [1]", "x-1 [1] d 1.0:", "x-1 [1] d 1.000000: e", "CPU:x [LOST 4 EVENTS]",
    ] {
      #expect(TraceLine(line).message == nil && TraceLine(line).lost == nil && TraceLine(line).raw == line)
    }
  }
}
