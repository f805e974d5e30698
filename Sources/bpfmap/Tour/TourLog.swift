//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// The output of a tour, with the results of its checks.
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

  /// The failed checks, with the numbers of their steps.
  var failures: [String] {
    steps.enumerated().flatMap { index, step in step.failures.map { "step \(index + 1): \($0)" } }
  }

  /// Begins a step.
  mutating func step(_ title: String) throws(OutputFailure) {
    steps.append(Step(title: title))
    try print("\(steps.count == 1 ? "" : "\n")\(steps.count). \(title)\n")
  }

  /// Logs the Swift code of the next operation.
  mutating func swift(_ code: String) throws(OutputFailure) { try line("> \(code)") }

  /// Logs the result of an operation.
  mutating func line(_ text: String) throws(OutputFailure) {
    if !steps.isEmpty { steps[steps.count - 1].lines.append(text) }
    try print("   \(text)\n")
  }

  /// Logs a check and its result.
  mutating func check(_ claim: String, _ holds: Bool) throws(OutputFailure) {
    if !holds, !steps.isEmpty { steps[steps.count - 1].failures.append(claim) }
    try line("\(holds ? "ok" : "FAILED"): \(claim)")
  }

  /// Ends the tour. With `--json`, this prints the whole tour.
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
          ? "\nAll checks passed. See 'bpfmap --help' for all commands.\n"
          : "\nFailed checks:\n\(failures.joined(separator: "\n"))\n")
    }
    try output.flush()
  }

  private mutating func print(_ text: String) throws(OutputFailure) {
    guard !isJSON else { return }
    try output.write(text)
    // Show each line immediately.
    try output.flush()
  }
}
