//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// What a tour tells while it goes on, and whether all of it held.
struct TourLog: ~Copyable {
  private struct Step {
    let title: String
    var lines: [String] = []
    var failures: [String] = []
  }

  private var output: Output
  private let isJSON: Bool
  private var steps: [Step] = []

  init(to output: consuming Output, isJSON: Bool) {
    self.output = output
    self.isJSON = isJSON
  }

  /// The checks that did not hold, with the step they were in.
  var failures: [String] {
    steps.enumerated().flatMap { index, step in step.failures.map { "step \(index + 1): \($0)" } }
  }

  /// Begins a step.
  mutating func step(_ title: String) throws(OutputFailure) {
    steps.append(Step(title: title))
    try print("\(steps.count == 1 ? "" : "\n")\(steps.count). \(title)\n")
  }

  /// The Swift that is about to run, as a reader of the tour would write it.
  mutating func swift(_ code: String) throws(OutputFailure) { try line("> \(code)") }

  /// What came of it.
  mutating func line(_ text: String) throws(OutputFailure) {
    if !steps.isEmpty { steps[steps.count - 1].lines.append(text) }
    try print("   \(text)\n")
  }

  /// Says what should be so, and whether it is.
  mutating func check(_ claim: String, _ holds: Bool) throws(OutputFailure) {
    if !holds, !steps.isEmpty { steps[steps.count - 1].failures.append(claim) }
    try line("\(holds ? "ok" : "NOT SO"): \(claim)")
  }

  /// Ends the tour; with `--json` this is when all of it is printed.
  mutating func end() throws(OutputFailure) {
    if isJSON {
      let (steps, failures) = (steps, failures)
      try output.json { json in
        json.object { json in
          json.key("steps")
          json.array { json in
            for step in steps {
              json.object { json in
                json.member("title", step.title)
                json.key("lines")
                json.array { json in
                  for line in step.lines { json.string(line) }
                }
                json.key("held")
                json.bool(step.failures.isEmpty)
              }
            }
          }
          json.key("held")
          json.bool(failures.isEmpty)
        }
      }
    } else {
      try print(
        failures.isEmpty
          ? "\nEverything held. Next: bpfmap --help\n" : "\n\(failures.joined(separator: "\n"))\n")
    }
    try output.flush()
  }

  private mutating func print(_ text: String) throws(OutputFailure) {
    guard !isJSON else { return }
    try output.write(text)
    // Each line as it happens.
    try output.flush()
  }
}
