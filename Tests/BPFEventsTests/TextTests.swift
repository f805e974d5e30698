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

/// The trace has one reader at a time: hence one test at a time.
@Suite("Lines that the kernel keeps", .serialized, .timeLimit(.minutes(20)))
struct TextTests {
  /// The trace, once nobody else on this machine reads it.
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

  @Test("What programs print comes out of the trace, mounted or not", .kernel, .sources)
  func tracePipe() async throws {
    let pipe = try await Self.openedTrace()
    let object = try EventFixture.object("lines").load()
    let program = try #require(object.programs["print"])
    // Whoever else reads the trace takes lines away: hence more than one.
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
    "Of more lines than the trace holds, those that come and those that are told lost are all", .kernel,
    .sources)
  func flood() async throws {
    let pipe = try await Self.openedTrace()
    let object = try EventFixture.object("lines").load()
    let program = try #require(object.programs["print_many"])
    let (mark, count) = (UInt64.random(in: 1_000_000...2_000_000), 100_000)
    try EventFixture.inRuns(count) { _ = try program.run(context: mark.bytes + UInt64($0).bytes) }
    // All of them are in order, those of one CPU even without gaps but for the lost ones.
    var (numbers, lost) = ([Int](), 0)
    for try await line in pipe.lines(every: .milliseconds(5)) {
      lost += line.lost?.count ?? 0
      guard let words = line.message?.text.split(separator: " "), words.count == 4, words[2] == "\(mark)",
        let number = Int(words[3])
      else { continue }
      numbers.append(number)
      if number == count - 1 { break }
    }
    #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
    // Others print, too, and theirs are lost as well.
    #expect(lost > 0 && numbers.count + lost >= count)
  }

  @Test(
    "Whoever waits for lines is cancelled, at any moment; lines that were read are given first", .kernel,
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
    "A stream that nobody wrote to has no lines; waiting for one is cancelled", .kernel, .sources,
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
