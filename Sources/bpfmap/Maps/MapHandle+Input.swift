//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Keys and values a person wrote, turned into the bytes that a map takes.
extension MapHandle {
  /// The bytes of a key.
  ///
  /// - Parameter lending: Takes the bytes, which may be the number of a descriptor that is open for so long.
  func withKey<R>(_ written: WrittenKey, _ types: KnownTypes, _ lending: ([UInt8]) throws -> R) throws -> R {
    guard case .object(let object) = written else { return try lending(key(written, types)) }
    return try object.withDescriptor(asKeyOf: self) { try lending(descriptorBytes($0, keySize)) }
  }

  private func key(_ written: WrittenKey, _ types: KnownTypes) throws -> [UInt8] {
    try checkKeysAreTyped()
    switch written {
    case .object: return []
    case .data(let datum):
      return try datum.bytes(
        filling: keySize, of: "the key of \(self)", insteadWrite: form(datum, "key", keySize))
    case .json(let text):
      let type = try known(types.key, types, "key")
      return try reading("--key") { () throws(BPFError) in try type.bytes(json: text) }
    }
  }

  /// The bytes of one value written as data.
  func value(_ datum: Datum) throws(Failure) -> [UInt8] {
    try datum.bytes(
      filling: valueSize, of: "the value of \(self)", insteadWrite: form(datum, "value", valueSize))
  }

  /// What to write for a number that was written as a byte; empty if nothing is known.
  private func form(_ datum: Datum, _ field: String, _ size: Int) -> String {
    if type == .lpmTrie, field == "key", let example = [8: "10.0.0.0/8", 20: "2001:db8::/32"][size] {
      return "write a prefix, as in 'key \(example)'"
    }
    guard datum.bytes.count == 1, let number = datum.bytes.first, [2, 4, 8].contains(size) else { return "" }
    let hasTypes = (try? info()).map { $0.btfID != 0 } ?? false
    return "write a number as '\(field) u\(size * 8):\(number)'"
      + (hasTypes ? ", or by its type as '--\(field) \(number)'" : "")
  }

  /// The bytes of one value written as JSON.
  func value(json text: String, _ types: KnownTypes) throws -> [UInt8] {
    let type = try known(types.value, types, "value")
    return try reading("--value") { () throws(BPFError) in try type.bytes(json: text) }
  }

  /// The bytes of a value of a map that has one at a time.
  func onlyValue(_ written: WrittenValue, _ types: KnownTypes) throws -> [UInt8] {
    switch written {
    case .data(let datum): try value(datum)
    case .json(let text): try value(json: text, types)
    case .perCPU: throw Failure.usage("\(self) has one value for all CPUs: leave cpu… out")
    case .object: throw Failure.usage("\(self) holds no objects: write its value as data, like u32:42")
    }
  }

  /// The bytes of values written as a JSON array; nil if it is none.
  func values(json text: String, _ types: KnownTypes) throws -> [[UInt8]]? {
    let type = try known(types.value, types, "value")
    return try reading("--value") { () throws(BPFError) in try type.values(json: text) }
  }

  private func known(_ type: BTFType?, _ types: KnownTypes, _ field: String) throws -> BTFType {
    if let type { return type }
    if let obstacle = types.obstacle { throw obstacle }
    throw Failure.usage(
      "\(self) has no BTF that tells the type of its \(field): write it as data, like '\(field) u32:42'")
  }

  /// Says of an error which option it is about, and for which map.
  private func reading<Value>(
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
