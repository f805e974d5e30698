//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

// Conversions of keys and values from the command line to bytes.
extension MapHandle {
  /// Passes the bytes of a key to a closure.
  ///
  /// - Parameter body: Receives the bytes. If they are a descriptor, it is open until the closure returns.
  func withKey<R>(_ written: KeyArgument, _ types: MapTypes, _ body: ([UInt8]) throws -> R) throws -> R {
    guard case .object(let object) = written else { return try body(key(written, types)) }
    return try object.withDescriptor(asKeyOf: self) { try body(descriptorBytes($0, keySize)) }
  }

  private func key(_ written: KeyArgument, _ types: MapTypes) throws -> [UInt8] {
    try checkKeysAreNotObjects()
    switch written {
    case .object: return []
    case .data(let datum):
      return try datum.bytes(
        filling: keySize, of: "the key of \(self)", suggestion: suggestion(for: datum, "key", keySize))
    case .json(let text):
      let type = try requireType(types.key, types, "key")
      return try addingContext("--key") { () throws(BPFError) in try type.bytes(json: text) }
    }
  }

  /// Returns the bytes of a value written as data.
  func value(_ datum: Datum) throws(Failure) -> [UInt8] {
    try datum.bytes(
      filling: valueSize, of: "the value of \(self)", suggestion: suggestion(for: datum, "value", valueSize))
  }

  /// Returns a suggestion for data of the wrong size; empty if there is none.
  private func suggestion(for datum: Datum, _ field: String, _ size: Int) -> String {
    if type.facts.keys == .prefix, field == "key", let example = [8: "10.0.0.0/8", 20: "2001:db8::/32"][size]
    {
      return "write a prefix, like 'key \(example)'"
    }
    guard datum.bytes.count == 1, let number = datum.bytes.first, [2, 4, 8].contains(size) else { return "" }
    let hasTypes = (try? info()).map { $0.btfID != 0 } ?? false
    return "write a number as '\(field) u\(size * 8):\(number)'"
      + (hasTypes ? ", or by its type as '--\(field) \(number)'" : "")
  }

  /// Returns the bytes of a value written as JSON.
  func value(json text: String, _ types: MapTypes) throws -> [UInt8] {
    let type = try requireType(types.value, types, "value")
    return try addingContext("--value") { () throws(BPFError) in try type.bytes(json: text) }
  }

  /// Returns the bytes of a single value.
  func singleValue(_ written: ValueArgument, _ types: MapTypes) throws -> [UInt8] {
    switch written {
    case .data(let datum): try value(datum)
    case .json(let text): try value(json: text, types)
    case .perCPU: throw Failure.usage("\(self) is not a per-CPU map: write a single value, without cpu0")
    case .object: throw Failure.usage("\(self) does not hold objects: write its value as data, like u32:42")
    }
  }

  /// Returns the bytes of values written as a JSON array; nil if the JSON is not an array.
  func values(json text: String, _ types: MapTypes) throws -> [[UInt8]]? {
    let type = try requireType(types.value, types, "value")
    return try addingContext("--value") { () throws(BPFError) in try type.values(json: text) }
  }

  private func requireType(_ type: BTFType?, _ types: MapTypes, _ field: String) throws -> BTFType {
    if let type { return type }
    if let readError = types.readError { throw readError }
    throw Failure.usage(
      "\(self) has no BTF for the type of its \(field): write it as data, like '\(field) u32:42'")
  }

  /// Adds the option and the map to errors of a parser.
  private func addingContext<Value>(
    _ option: String, _ body: () throws(BPFError) -> Value
  ) throws(BPFError) -> Value {
    do throws(BPFError) {
      return try body()
    } catch {
      var error = named(error)
      error.explanation = "\(option): \(error.explanation)"
      throw error
    }
  }
}
