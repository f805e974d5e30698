//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A line of the kernel's trace.
public struct TraceLine: Hashable, Sendable {
  /// The line as the kernel wrote it.
  public let raw: String

  /// What it says, if it is of the usual form.
  public let message: Message?

  /// How many lines of which CPU there was no room for, if the line says that.
  public let lost: Lost?

  /// What was traced where and when.
  public struct Message: Hashable, Sendable {
    /// The name of the task that ran; `<...>` if the kernel does not know it any more.
    public var task: String
    /// Its thread id.
    public var threadID: Int
    /// The CPU it ran on.
    public var cpu: Int
    /// What the kernel was doing, in characters that are explained in `/sys/kernel/tracing/trace`, such as `d..21`.
    public var flags: String
    /// When: by the clock of the trace, by default that of `sched_clock`.
    public var time: Duration
    /// The event or function that it is of; `bpf_trace_printk` of what programs print.
    public var event: String
    /// What was printed.
    public var text: String
  }

  /// Lines that were lost.
  public struct Lost: Hashable, Sendable {
    /// The CPU.
    public var cpu: Int
    /// How many.
    public var count: Int
  }

  /// A line of trace_pipe.
  public init(_ raw: String) {
    self.raw = raw
    message = Message(raw)
    lost = Lost(raw)
  }
}

// MARK: - Reading

extension TraceLine.Message {
  /// Reads `  task-123   [001] d..21  12.345678: bpf_trace_printk: text`; behind the thread's id may be that of its
  /// process. The task's name may have anything in it.
  init?(_ line: String) {
    var head = line[...]
    while let bracket = head.firstIndex(of: "[") {
      head = line[line.index(after: bracket)...]
      guard let end = head.firstIndex(of: "]"), let cpu = Int(head[..<end]) else { continue }
      guard let (task, thread) = Self.task(line[..<bracket]) else { continue }
      let rest = line[line.index(after: end)...]
      let words = rest.split(separator: " ", maxSplits: 2)
      guard words.count == 3, words[1].last == ":", let time = Self.time(words[1].dropLast()),
        let colon = words[2].firstRange(of: ": ")
      else { continue }
      (self.task, threadID, self.cpu, flags, self.time) = (task, thread, cpu, String(words[0]), time)
      event = String(words[2][..<colon.lowerBound])
      text = String(words[2][colon.upperBound...])
      return
    }
    return nil
  }

  /// Name and thread of `task-123`, or of `task-123  ( 100)`.
  private static func task(_ text: Substring) -> (String, Int)? {
    var text = text.trimmed
    if text.last == ")", let process = text.lastIndex(of: "(") { text = text[..<process].trimmed }
    guard let dash = text.lastIndex(of: "-"), let thread = Int(text[text.index(after: dash)...]) else {
      return nil
    }
    return (String(text[..<dash]), thread)
  }

  /// Seconds and microseconds.
  private static func time(_ text: Substring) -> Duration? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].count == 6, let seconds = Int64(parts[0]), let fraction = Int64(parts[1])
    else { return nil }
    return .seconds(seconds) + .microseconds(fraction)
  }
}

extension TraceLine.Lost {
  /// Reads `CPU:1 [LOST 42 EVENTS]`.
  init?(_ line: String) {
    let words = line.split(whereSeparator: { " :[]".contains($0) })
    guard words.count == 5, words[0] == "CPU", words[2] == "LOST", words[4] == "EVENTS",
      let cpu = Int(words[1]), let count = Int(words[3])
    else { return nil }
    (self.cpu, self.count) = (cpu, count)
  }
}

extension Substring {
  /// Without spaces at its ends.
  fileprivate var trimmed: Substring {
    guard let last = lastIndex(where: { $0 != " " }) else { return self[endIndex...] }
    return self[...last].drop { $0 == " " }
  }
}
