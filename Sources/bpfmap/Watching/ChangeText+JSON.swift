//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Changes as JSON objects: the members of an element in `dump --json`, with the old value.

extension ChangeText {
  func appendJSON(
    _ change: Change, _ key: Span<UInt8>, _ value: Span<UInt8>, _ old: Span<UInt8>, _ round: RoundTime,
    to output: inout [UInt8]
  ) {
    output += #"{"time":\#(round.time.seconds),"change":"\#(change.rawValue)","#.utf8
    appendMembers(key, value, old, to: &output) { _, bytes, output in
      HexDigits.append(jsonOf: bytes, to: &output)
    }
    if self.key.typed != nil || self.value.typed != nil {
      output += #","formatted":{"#.utf8
      appendMembers(key, value, old, to: &output) { field, bytes, output in
        append(formatted: bytes, as: field == .key ? self.key : self.value, to: &output)
      }
      output += "}".utf8
    }
    if self.key.layout != nil || self.value.layout != nil {
      output += #","decoded":{"#.utf8
      appendMembers(key, value, old, to: &output) { field, bytes, output in
        append(decoded: bytes, as: field == .key ? self.key : self.value, to: &output)
      }
      output += "}".utf8
    }
    output += #","difference":"#.utf8
    appendDifferences(to: &output) { "\($0)" }
    output += #","rate":"#.utf8
    appendDifferences(to: &output) { "\(round.rate(of: $0))" }
    output += "}".utf8
  }

  private enum Field { case key, value }

  /// Appends the members `key`, `value` (`values` for a per-CPU map) and `old`.
  private func appendMembers(
    _ key: Span<UInt8>, _ value: Span<UInt8>, _ old: Span<UInt8>, to output: inout [UInt8],
    _ append: (Field, Span<UInt8>, inout [UInt8]) -> Void
  ) {
    output += #""key":"#.utf8
    append(.key, key, &output)
    output += (shape.cpus == nil ? #","value":"# : #","values":"#).utf8
    appendValue(value, to: &output) { append(.value, $0, &$1) }
    output += #","old":"#.utf8
    appendValue(old, to: &output) { append(.value, $0, &$1) }
  }

  /// Appends a value, an array of the CPUs' values for a per-CPU map, or null if there is no value.
  private func appendValue(
    _ value: Span<UInt8>, to output: inout [UInt8], _ append: (Span<UInt8>, inout [UInt8]) -> Void
  ) {
    guard !value.isEmpty else {
      output += "null".utf8
      return
    }
    guard let cpus = shape.cpus else { return append(value, &output) }
    output += "[".utf8
    for (index, cpu) in cpus.enumerated() {
      output += #"\#(index == 0 ? "" : ","){"cpu":\#(cpu),"value":"#.utf8
      append(value.extracting(slot(index)), &output)
      output += "}".utf8
    }
    output += "]".utf8
  }

  private func append(formatted bytes: Span<UInt8>, as form: FieldFormat, to output: inout [UInt8]) {
    if let typed = form.typed {
      typed.append(jsonOf: bytes, to: &output)
    } else {
      HexDigits.append(jsonOf: bytes, to: &output)
    }
  }

  private func append(decoded bytes: Span<UInt8>, as form: FieldFormat, to output: inout [UInt8]) {
    guard let layout = form.layout else { return HexDigits.append(jsonOf: bytes, to: &output) }
    var json = JSONWriter()
    layout.write(Array(copying: bytes)[...], to: &json)
    output += json.bytes
  }

  /// Appends a number if the value is a single counter, an object with the members that changed if not, and null if
  /// there is no old value.
  private func appendDifferences(to output: inout [UInt8], _ text: (Int128) -> String) {
    guard !differences.isEmpty else {
      output += "null".utf8
      return
    }
    if counters.only != nil {
      output += text(differences[0]).utf8
      return
    }
    var json = JSONWriter()
    json.object { json in
      for (counter, difference) in zip(counters.all, differences) where difference != 0 {
        json.key(counter.name)
        json.verbatim(Array(text(difference).utf8))
      }
    }
    output += json.bytes
  }
}
