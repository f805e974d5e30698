//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFType {
  /// A value of this type as valid JSON.
  ///
  /// Structures and unions are objects, a union with all its members; the members of one without a name are those of
  /// the outer one. Integers of any width are exact numbers, Booleans `true` and `false`, enumerations their names, or
  /// the number where it has none. Characters that print are a string, pointers a number. What has no
  /// type that says how to read it is an array of its bytes.
  ///
  /// - Parameter bytes: the value, of as many bytes as the type has; of what is missing nothing is said.
  public func json(_ bytes: some Collection<UInt8>) -> String {
    var sink = JSONSink()
    var walk = ValueWalk(bytes, isSwapped: types.isByteSwapped)
    walk.write(self, to: &sink)
    return String(decoding: sink.output, as: UTF8.self)
  }

  /// A value of this type as a person writes it in C.
  ///
  /// - Parameter bytes: the value, of as many bytes as the type has.
  public func text(_ bytes: some Collection<UInt8>) -> String {
    var sink = CTextSink()
    var walk = ValueWalk(bytes, isSwapped: types.isByteSwapped)
    walk.write(self, to: &sink)
    return String(decoding: sink.output, as: UTF8.self)
  }
}

// MARK: - JSON

private struct JSONSink: ValueSink {
  var output: [UInt8] = []
  /// Whether something stands before what comes next, in each of the objects and arrays around it.
  private var hasBefore: [Bool] = []

  mutating func integer(_ value: some FixedWidthInteger) { put("\(value)") }

  mutating func boolean(_ value: Bool) { put(value ? "true" : "false") }

  mutating func floating(_ value: Double) {
    put(value.isFinite ? "\(value)" : value.isNaN ? "\"nan\"" : "\"\(value)\"")
  }

  mutating func address(_ value: UInt64) { put("\(value)") }

  mutating func enumerator(_ name: String) { string(name.utf8) }

  mutating func text(_ bytes: ArraySlice<UInt8>) { string(bytes) }

  mutating func bytes(_ bytes: ArraySlice<UInt8>) {
    put("[")
    for (index, byte) in bytes.enumerated() { put(index == 0 ? "\(byte)" : ",\(byte)") }
    put("]")
  }

  mutating func beginStructure() { begin("{") }

  mutating func member(_ name: String) {
    next()
    string(name.utf8)
    put(":")
  }

  mutating func endStructure() { end("}") }

  mutating func beginArray() { begin("[") }

  mutating func element() { next() }

  mutating func endArray() { end("]") }

  private mutating func begin(_ bracket: String) {
    put(bracket)
    hasBefore.append(false)
  }

  private mutating func end(_ bracket: String) {
    hasBefore.removeLast()
    put(bracket)
  }

  private mutating func next() {
    guard let last = hasBefore.indices.last else { return }
    if hasBefore[last] { put(",") }
    hasBefore[last] = true
  }

  private mutating func string(_ bytes: some Sequence<UInt8>) {
    put("\"")
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
      case 0..<0x20: put("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
      default: output.append(byte)
      }
    }
    put("\"")
  }

  private mutating func put(_ text: String) { output += text.utf8 }
}

// MARK: - C

private struct CTextSink: ValueSink {
  var output: [UInt8] = []
  private var hasBefore: [Bool] = []

  mutating func integer(_ value: some FixedWidthInteger) { put("\(value)") }

  mutating func boolean(_ value: Bool) { put(value ? "true" : "false") }

  mutating func floating(_ value: Double) { put("\(value)") }

  mutating func address(_ value: UInt64) { put("0x\(String(value, radix: 16))") }

  mutating func enumerator(_ name: String) { put(name) }

  mutating func text(_ bytes: ArraySlice<UInt8>) {
    put("\"")
    for byte in bytes {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { put("\\") }
      output.append(byte)
    }
    put("\"")
  }

  mutating func bytes(_ bytes: ArraySlice<UInt8>) {
    put("{")
    for (index, byte) in bytes.enumerated() { put((index == 0 ? "0x" : ", 0x") + String(byte, radix: 16)) }
    put("}")
  }

  mutating func beginStructure() { begin() }

  mutating func member(_ name: String) {
    next()
    if !name.isEmpty { put(".\(name) = ") }
  }

  mutating func endStructure() { end() }

  mutating func beginArray() { begin() }

  mutating func element() { next() }

  mutating func endArray() { end() }

  private mutating func begin() {
    put("{")
    hasBefore.append(false)
  }

  private mutating func end() {
    hasBefore.removeLast()
    put("}")
  }

  private mutating func next() {
    guard let last = hasBefore.indices.last else { return }
    if hasBefore[last] { put(", ") }
    hasBefore[last] = true
  }

  private mutating func put(_ text: String) { output += text.utf8 }
}
