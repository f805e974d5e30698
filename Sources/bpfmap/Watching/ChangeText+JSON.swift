//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

// Changes as JSON objects: the members of an element in `dump --json`, with the old value.

extension ChangeText {
  func appendJSON(
    _ change: Change, _ key: Span<UInt8>, _ value: Span<UInt8>, _ old: Span<UInt8>, _ round: RoundTime,
    to output: inout [UInt8]
  ) {
    var json = JSONWriter(taking: &output)
    json.beginObject()
    json.key("time")
    json.number(text: round.time.seconds)
    json.member("change", change.rawValue)
    writeMembers(key, value, old, to: &json) { _, bytes, json in json.byteArray(bytes) }
    if self.key.typed != nil || self.value.typed != nil {
      json.key("formatted")
      json.beginObject()
      writeMembers(key, value, old, to: &json) { field, bytes, json in
        format(of: field).write(formatted: bytes, to: &json)
      }
      json.endObject()
    }
    if self.key.layout != nil || self.value.layout != nil {
      json.key("decoded")
      json.beginObject()
      writeMembers(key, value, old, to: &json) { field, bytes, json in
        format(of: field).write(decoded: bytes, to: &json)
      }
      json.endObject()
    }
    json.key("difference")
    writeDifferences(to: &json) { "\($0)" }
    json.key("rate")
    writeDifferences(to: &json) { "\(round.rate(of: $0))" }
    json.endObject()
    output = json.bytes
  }

  private enum Field { case key, value }

  private func format(of field: Field) -> FieldFormat { field == .key ? key : value }

  /// Writes the members `key`, `value` (`values` for a per-CPU map) and `old`.
  private func writeMembers(
    _ key: Span<UInt8>, _ value: Span<UInt8>, _ old: Span<UInt8>, to json: inout JSONWriter,
    _ write: (Field, Span<UInt8>, inout JSONWriter) -> Void
  ) {
    json.key("key")
    write(.key, key, &json)
    json.key(shape.valueName)
    shape.write(value: value, to: &json) { write(.value, $0, &$1) }
    json.key("old")
    shape.write(value: old, to: &json) { write(.value, $0, &$1) }
  }

  /// Writes a number if the value is a single counter, an object with the members that changed if not, and null if
  /// there is no old value.
  private func writeDifferences(to json: inout JSONWriter, _ text: (Int128) -> String) {
    guard !differences.isEmpty else { return json.null() }
    guard counters.only == nil else { return json.number(text: text(differences[0])) }
    json.object { json in
      for (counter, difference) in zip(counters.all, differences) where difference != 0 {
        json.key(counter.name)
        json.number(text: text(difference))
      }
    }
  }
}
