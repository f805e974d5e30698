//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Writes a value as JSON.
struct JSONSink: ValueSink {
  var output: [UInt8] = []

  mutating func unsigned(_ value: UInt64) { output.append(decimal: value) }

  mutating func signed(_ value: Int64) { output.append(decimal: value) }

  mutating func wide(_ value: some FixedWidthInteger) { put("\(value)") }

  mutating func boolean(_ value: Bool) { put(value ? "true" : "false") }

  mutating func floating(_ value: Double) {
    put(value.isFinite ? "\(value)" : value.isNaN ? "\"nan\"" : "\"\(value)\"")
  }

  mutating func address(_ value: UInt64) { output.append(decimal: value) }

  mutating func enumerator(_ name: [UInt8]) { string(name.span) }

  mutating func text(_ bytes: Span<UInt8>) { string(bytes) }

  mutating func bytes(_ bytes: Span<UInt8>) {
    put(UInt8(ascii: "["))
    for index in bytes.indices {
      if index > 0 { put(UInt8(ascii: ",")) }
      output.append(decimal: UInt64(bytes[index]))
    }
    put(UInt8(ascii: "]"))
  }

  mutating func beginStructure() { put(UInt8(ascii: "{")) }

  mutating func member(_ name: [UInt8]) {
    separate()
    string(name.span)
    put(UInt8(ascii: ":"))
  }

  mutating func endStructure() { put(UInt8(ascii: "}")) }

  mutating func beginArray() { put(UInt8(ascii: "[")) }

  mutating func element() { separate() }

  mutating func endArray() { put(UInt8(ascii: "]")) }

  /// Writes a comma before all elements but the first. A value never ends with an opening bracket.
  private mutating func separate() {
    if let last = output.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") { put(UInt8(ascii: ",")) }
  }

  private mutating func string(_ bytes: Span<UInt8>) {
    put(UInt8(ascii: "\""))
    for index in bytes.indices {
      switch bytes[index] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        put(UInt8(ascii: "\\"))
        output.append(bytes[index])
      case let byte where byte < 0x20: put("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
      default: output.append(bytes[index])
      }
    }
    put(UInt8(ascii: "\""))
  }

  private mutating func put(_ text: String) { output += text.utf8 }

  private mutating func put(_ character: UInt8) { output.append(character) }
}

extension [UInt8] {
  /// Appends a number in decimal.
  mutating func append(decimal value: UInt64) {
    let start = count
    var rest = value
    repeat {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest != 0
    // Reverse in place: reversing a slice would copy it.
    var (first, last) = (start, count - 1)
    while first < last {
      swapAt(first, last)
      (first, last) = (first + 1, last - 1)
    }
  }

  /// Appends a signed number in decimal.
  mutating func append(decimal value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(decimal: value.magnitude)
  }
}
