//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Keys and values a person wrote, turned into the bytes that a map takes.
extension MapHandle {
  /// The bytes of a key.
  func key(_ written: WrittenKey, _ types: KnownTypes) throws -> [UInt8] {
    try checkKeysAreTyped()
    switch written {
    case .data(let datum): return try datum.bytes(filling: keySize, of: "the key of \(self)")
    case .json(let text):
      let type = try known(types.key, types, "key")
      return try reading("--key") { () throws(BPFError) in try type.bytes(json: text) }
    }
  }

  /// The bytes of one value written as data.
  func value(_ datum: Datum) throws(Failure) -> [UInt8] {
    try datum.bytes(filling: valueSize, of: "the value of \(self)")
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
    case .map: throw Failure.usage("the value of \(self) is data, like u32:42")
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
