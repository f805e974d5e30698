//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Formats a report of `bpfmap top`: as a page for a terminal, as lines, or as JSON.
struct TopText {
  let report: SystemCallReport
  /// Returns the name of a process.
  let name: (UInt32) throws -> String

  // MARK: - Page

  /// Returns a page for a terminal: processes on the left, calls on the right.
  ///
  /// - Parameters:
  ///   - time: The time of day.
  ///   - columns: The number of columns of the terminal.
  ///   - rows: The maximum number of processes, and of calls.
  func page(time: String, columns: Int, rows: Int) throws -> [String] {
    let processes = try processTable(rows, withMostFrequent: columns >= 96)
    return [headline + "   " + time, ""] + sideBySide(processes.text, kindTable(rows).text)
  }

  private func processTable(_ rows: Int, withMostFrequent: Bool) throws -> TextTable {
    var table = TextTable(columns: [
      ("    PID", .right), ("COMMAND        ", .left), ("CALLS/S", .right), ("    %", .right),
      (withMostFrequent ? "MOSTLY         " : "", .left),
    ])
    for process in report.processes.prefix(rows) {
      table.add(
        "\(process.id)", try name(process.id).printable, "\(report.rate(process.count))",
        percent(process.count), withMostFrequent ? process.mostFrequent.name : "")
    }
    return table
  }

  private func kindTable(_ rows: Int) -> TextTable {
    var table = TextTable(columns: [("CALL            ", .left), ("CALLS/S", .right), ("    %", .right)])
    for kind in report.kinds.prefix(rows) {
      table.add(kind.call.name, "\(report.rate(kind.count))", percent(kind.count))
    }
    return table
  }

  private var headline: String {
    let processes = report.processes.count
    let headline =
      "\(report.rate(report.total)) system calls/s from \(processes) process\(processes == 1 ? "" : "es")"
    return report.uncounted == 0
      ? headline : headline + ", \(report.rate(report.uncounted))/s unknown: the map is full"
  }

  /// Returns two texts side by side.
  private func sideBySide(_ left: String, _ right: String) -> [String] {
    let (left, right) = (lines(left), lines(right))
    let width = (left.map(\.columnCount).max() ?? 0) + 3
    return (0..<max(left.count, right.count)).map { row in
      let text = row < left.count ? left[row] : ""
      guard row < right.count else { return text }
      return text + String(repeating: " ", count: width - text.columnCount) + right[row]
    }
  }

  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map(String.init)
  }

  private func percent(_ count: UInt64) -> String {
    let perMille = report.perMille(count)
    return "\(perMille / 10).\(perMille % 10)"
  }

  // MARK: - Lines

  static let title = "TIME             CALLS/S  WHAT\n"

  /// Returns lines for all calls, for each process, and for each kind of call.
  func lines(time: String, rows: Int) throws -> String {
    var text = line(time, report.total, "all")
    for process in report.processes.prefix(rows) {
      text += line(time, process.count, "process \(process.id) \(try name(process.id).printable)")
    }
    for kind in report.kinds.prefix(rows) { text += line(time, kind.count, "call \(kind.call.name)") }
    if report.uncounted > 0 { text += line(time, report.uncounted, "unknown: the map is full") }
    return text
  }

  private func line(_ time: String, _ count: UInt64, _ what: String) -> String {
    let rate = "\(report.rate(count))"
    return time + String(repeating: " ", count: max(1, 12 - rate.count)) + rate + "  " + what + "\n"
  }

  // MARK: - JSON

  /// Writes an object with all processes and calls.
  func write(time: WallTime, to json: inout JSONWriter) throws {
    try json.object { json in
      json.key("time")
      json.number(Double(time.milliseconds) / 1000, text: time.seconds)
      json.key("seconds")
      json.number(report.seconds, text: "\(report.seconds)")
      json.member("calls", report.total)
      json.member("rate", report.rate(report.total))
      json.member("uncounted", report.uncounted)
      json.key("processes")
      try json.array { json in
        for process in report.processes {
          let name = try name(process.id)
          json.object { json in
            json.member("pid", process.id)
            json.member("command", name)
            json.member("calls", process.count)
            json.member("rate", report.rate(process.count))
            json.member("mostly", process.mostFrequent.name)
          }
        }
      }
      json.key("kinds")
      json.array { json in
        for kind in report.kinds {
          json.object { json in
            json.member("call", kind.call.name)
            json.member("number", kind.call.number)
            json.member("calls", kind.count)
            json.member("rate", report.rate(kind.count))
          }
        }
      }
    }
  }
}
