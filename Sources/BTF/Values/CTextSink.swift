//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Writes a value in C syntax.
struct CTextSink: ValueSink {
  var output: [UInt8] = []

  mutating func unsigned(_ value: UInt64) { output.append(decimal: value) }

  mutating func signed(_ value: Int64) { output.append(decimal: value) }

  mutating func wide(_ value: some FixedWidthInteger) { put("\(value)") }

  mutating func boolean(_ value: Bool) { put(value ? "true" : "false") }

  mutating func floating(_ value: Double) { put("\(value)") }

  mutating func address(_ value: UInt64) { put("0x\(String(value, radix: 16))") }

  mutating func enumerator(_ name: [UInt8]) { output += name }

  mutating func text(_ bytes: Span<UInt8>) {
    put(UInt8(ascii: "\""))
    for index in bytes.indices {
      if bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "\\") { put(UInt8(ascii: "\\")) }
      output.append(bytes[index])
    }
    put(UInt8(ascii: "\""))
  }

  mutating func bytes(_ bytes: Span<UInt8>) {
    put(UInt8(ascii: "{"))
    for index in bytes.indices { put((index == 0 ? "0x" : ", 0x") + String(bytes[index], radix: 16)) }
    put(UInt8(ascii: "}"))
  }

  mutating func beginStructure() { put(UInt8(ascii: "{")) }

  mutating func member(_ name: [UInt8]) {
    separate()
    guard !name.isEmpty else { return }
    put(UInt8(ascii: "."))
    output += name
    put(" = ")
  }

  mutating func endStructure() { put(UInt8(ascii: "}")) }

  mutating func beginArray() { put(UInt8(ascii: "{")) }

  mutating func element() { separate() }

  mutating func endArray() { put(UInt8(ascii: "}")) }

  /// Writes a comma before all elements but the first. A value never ends with an opening brace.
  private mutating func separate() {
    if let last = output.last, last != UInt8(ascii: "{") { put(", ") }
  }

  private mutating func put(_ text: String) { output += text.utf8 }

  private mutating func put(_ character: UInt8) { output.append(character) }
}
