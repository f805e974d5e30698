//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Writes a value as JSON.
struct JSONSink: ValueSink {
  var json: JSONWriter

  mutating func unsigned(_ value: UInt64) { json.number(value) }

  mutating func signed(_ value: Int64) { json.number(value) }

  mutating func wide(_ value: some FixedWidthInteger) { json.number(text: "\(value)") }

  mutating func boolean(_ value: Bool) { json.bool(value) }

  mutating func floating(_ value: Double) {
    value.isFinite ? json.number(text: "\(value)") : json.string(value.isNaN ? "nan" : "\(value)")
  }

  mutating func address(_ value: UInt64) { json.number(value) }

  mutating func enumerator(_ name: [UInt8]) { json.string(name.span) }

  mutating func text(_ bytes: Span<UInt8>) { json.string(bytes) }

  mutating func bytes(_ bytes: Span<UInt8>) {
    json.beginArray()
    for index in bytes.indices { json.number(UInt64(bytes[index])) }
    json.endArray()
  }

  mutating func beginStructure() { json.beginObject() }

  mutating func member(_ name: [UInt8]) { json.key(name.span) }

  mutating func endStructure() { json.endObject() }

  mutating func beginArray() { json.beginArray() }

  // The writer separates values itself.
  mutating func element() {}

  mutating func endArray() { json.endArray() }
}
