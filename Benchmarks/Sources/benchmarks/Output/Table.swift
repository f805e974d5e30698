//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Formats measurements as a Markdown table.
struct Table {
  private let measurements: [Measurement]

  init(_ measurements: [Measurement]) { self.measurements = measurements }

  private static let header = [
    "workload", "implementation", "ns/op", "to C", "ns beyond C", "own ns", "calls/element", "allocations",
    "retains", "peak KiB",
  ]

  var lines: [String] {
    let rows = [Table.header] + measurements.map(Table.row)
    let widths = Table.header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let rule = widths.enumerated().map { column, width in
      column < 2 ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":"
    }
    return ([rows[0], rule] + rows.dropFirst()).map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column < 2 ? cell + space : space + cell
      }
      return "| " + cells.joined(separator: " | ") + " |"
    }
  }

  private static func row(_ measurement: Measurement) -> [String] {
    [
      measurement.workload.name,
      measurement.implementation,
      measurement.nsPerOp.written(measurement.nsPerOp < 10 ? 2 : 0),
      measurement.ratioToC.written(3),
      measurement.nsBeyondC.written(1),
      measurement.ownNanoseconds?.written(1) ?? "",
      measurement.syscallsPerElement.written(4),
      measurement.allocationsPerOp.written(measurement.allocationsPerOp.isWhole ? 0 : 2),
      measurement.referencesPerOp.map { $0.written($0.isWhole ? 0 : 2) } ?? "",
      measurement.peakGrowth.map { "\($0 / 1024)" } ?? "",
    ]
  }
}

extension Measurement {
  /// The measurement as a JSON object.
  var json: String {
    let fields = [
      ("workload", workload.name.quoted),
      ("implementation", implementation.quoted),
      ("nsPerOp", nsPerOp.written(3)),
      ("ratioToC", ratioToC.written(4)),
      ("nsBeyondC", nsBeyondC.written(3)),
      ("ownNanoseconds", ownNanoseconds?.written(3) ?? "null"),
      ("syscallsPerElement", syscallsPerElement.written(6)),
      ("allocationsPerOp", allocationsPerOp.written(4)),
      ("referencesPerOp", referencesPerOp.map { $0.written(4) } ?? "null"),
      ("peakGrowthBytes", peakGrowth.map { "\($0)" } ?? "null"),
    ]
    return "{" + fields.map { "\($0.0.quoted):\($0.1)" }.joined(separator: ",") + "}"
  }
}

extension Double {
  fileprivate var isWhole: Bool { self == rounded() }

  /// Formats the number with a fixed number of decimal places.
  func written(_ places: Int) -> String {
    if self < 0 { return "-" + (-self).written(places) }
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((self * Double(scale)).rounded())
    guard places > 0 else { return "\(scaled)" }
    let fraction = "\(scaled % scale)"
    return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
  }
}

extension String {
  /// The string in quotation marks. The names here need no escapes in JSON.
  fileprivate var quoted: String { "\"\(self)\"" }
}
