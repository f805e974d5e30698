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

/// Tests of text streams. They are serialized, because the trace has one reader at a time.
@Suite("Text streams of the kernel", .serialized, .timeLimit(.minutes(20)))
struct TextTests {
  /// Opens the trace, once no other process on this machine reads it.
  private static func openedTrace() async throws -> TracePipe {
    while true {
      do throws(BPFError) {
        return try TracePipe()
      } catch {
        guard error.code == .busy else { throw error }
        try await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  @Test("Reads text that programs print from the trace, whether or not tracefs is mounted", .kernel, .sources)
  func tracePipe() async throws {
    let pipe = try await Self.openedTrace()
    let object = try EventFixture.object("lines").load()
    let program = try #require(object.programs["print"])
    // Other readers of the trace take lines away, so the program prints more than one.
    let number = UInt32.random(in: 1_000_000...2_000_000)
    let done = Flag()
    let printer = Worker.start {
      while !done.isSet {
        _ = try program.run(context: UInt64(number).bytes)
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

  @Test(
    "When the trace overflows, each line is either read or reported as lost", .kernel,
    .sources)
  func flood() async throws {
    let pipe = try await Self.openedTrace()
    let object = try EventFixture.object("lines").load()
    let program = try #require(object.programs["print_many"])
    let (mark, count) = (UInt64.random(in: 1_000_000...2_000_000), 100_000)
    try EventFixture.inRuns(count) { _ = try program.run(context: mark.bytes + UInt64($0).bytes) }
    // All lines are in order. Those of one CPU have no gaps except for lost ones.
    var (numbers, lost) = ([Int](), 0)
    for try await line in pipe.lines(every: .milliseconds(5)) {
      lost += line.lost?.count ?? 0
      guard let fields = line.message?.text.split(separator: " "), fields.count == 4, fields[2] == "\(mark)",
        let number = Int(fields[3])
      else { continue }
      numbers.append(number)
      if number == count - 1 { break }
    }
    #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
    // Other programs print, too, and lose lines.
    #expect(lost > 0 && numbers.count + lost >= count)
  }

  @Test(
    "Cancelling a reader at any moment ends its loop, after the lines that were read", .kernel,
    .sources, .kernel(since: "6.17"))
  func cancellation() async throws {
    let object = try EventFixture.object("lines").load()
    let program = try #require(object.programs["print"])
    for round in 0..<300 {
      let reader = Task {
        for try await _ in program.lines(of: .standardOutput, every: .seconds(3600)) {}
      }
      for _ in 0..<round % 4 { await Task.yield() }
      reader.cancel()
      try await reader.value
    }
    let lines = TextLines(interval: .zero) { () throws(BPFError) in Array("one\ntwo\nthr".utf8) }
    let reader = Task {
      var (given, iterator) = ([String](), lines.makeAsyncIterator())
      if let first = try await iterator.next() { given.append(first) }
      withUnsafeCurrentTask { $0?.cancel() }
      while let line = try await iterator.next() { given.append(line) }
      return given
    }
    #expect(try await reader.value == ["one", "two"])
  }

  @Test(
    "A stream without output has no lines, and waiting for one can be cancelled", .kernel, .sources,
    .kernel(since: "6.17"))
  func streams() async throws {
    let object = try EventFixture.object("lines").load()
    let program = try #require(object.programs["print"])
    #expect(try program.read(.standardOutput) == [])
    #expect(try program.read(.standardError, limit: -1) == [])
    let reader = Task { for try await _ in program.lines(of: .standardError) { Issue.record("a line") } }
    reader.cancel()
    try await reader.value
  }

  @Test("Assembles lines from chunks, and returns them without terminators")
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

  @Test("Parses lines of the trace with any task name")
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
