//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A line of the kernel's trace.
public struct TraceLine: Hashable, Sendable {
  /// The line as the kernel wrote it.
  public let raw: String

  /// The parsed line; nil if it does not have the usual form.
  public let message: Message?

  /// The lost lines that this line reports; nil if it does not report any.
  public let lost: Lost?

  /// An event in the trace: its task, CPU, time, and text.
  public struct Message: Hashable, Sendable {
    /// The name of the running task; `<...>` if the kernel no longer knows it.
    public var task: String
    /// The thread ID of that task.
    public var threadID: Int
    /// The CPU that the task ran on.
    public var cpu: Int
    /// The context flags, such as `d..21`. The header of `/sys/kernel/tracing/trace` explains them.
    public var flags: String
    /// The time stamp by the trace clock, which is `sched_clock` by default.
    public var time: Duration
    /// The name of the event or function; `bpf_trace_printk` for text that programs print.
    public var event: String
    /// The text.
    public var text: String
  }

  /// A report of lost lines.
  public struct Lost: Hashable, Sendable {
    /// The CPU that lost the lines.
    public var cpu: Int
    /// The number of lost lines.
    public var count: Int
  }

  /// Parses a line of `trace_pipe`.
  public init(_ raw: String) {
    self.raw = raw
    message = Message(raw)
    lost = Lost(raw)
  }
}

// MARK: - Parsing

extension TraceLine.Message {
  /// Parses `  task-123   [001] d..21  12.345678: bpf_trace_printk: text`. The thread ID may be followed by the process
  /// ID. The task's name may contain any character.
  init?(_ line: String) {
    var remainder = line[...]
    while let bracket = remainder.firstIndex(of: "[") {
      remainder = line[line.index(after: bracket)...]
      guard let end = remainder.firstIndex(of: "]"), let cpu = Int(remainder[..<end]) else { continue }
      guard let (task, thread) = Self.task(line[..<bracket]) else { continue }
      let rest = line[line.index(after: end)...]
      let fields = rest.split(separator: " ", maxSplits: 2)
      guard fields.count == 3, fields[1].last == ":", let time = Self.time(fields[1].dropLast()),
        let colon = fields[2].firstRange(of: ": ")
      else { continue }
      (self.task, threadID, self.cpu, flags, self.time) = (task, thread, cpu, String(fields[0]), time)
      event = String(fields[2][..<colon.lowerBound])
      text = String(fields[2][colon.upperBound...])
      return
    }
    return nil
  }

  /// Returns the name and thread ID in `task-123`, or in `task-123  ( 100)`.
  private static func task(_ text: Substring) -> (String, Int)? {
    var text = text.trimmed
    if text.last == ")", let process = text.lastIndex(of: "(") { text = text[..<process].trimmed }
    guard let dash = text.lastIndex(of: "-"), let thread = Int(text[text.index(after: dash)...]) else {
      return nil
    }
    return (String(text[..<dash]), thread)
  }

  /// Parses seconds and microseconds.
  private static func time(_ text: Substring) -> Duration? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].count == 6, let seconds = Int64(parts[0]), let fraction = Int64(parts[1])
    else { return nil }
    return .seconds(seconds) + .microseconds(fraction)
  }
}

extension TraceLine.Lost {
  /// Parses `CPU:1 [LOST 42 EVENTS]`.
  init?(_ line: String) {
    let fields = line.split(whereSeparator: { " :[]".contains($0) })
    guard fields.count == 5, fields[0] == "CPU", fields[2] == "LOST", fields[4] == "EVENTS",
      let cpu = Int(fields[1]), let count = Int(fields[3])
    else { return nil }
    (self.cpu, self.count) = (cpu, count)
  }
}

extension Substring {
  /// The text without leading and trailing spaces.
  fileprivate var trimmed: Substring {
    guard let last = lastIndex(where: { $0 != " " }) else { return self[endIndex...] }
    return self[...last].drop { $0 == " " }
  }
}
