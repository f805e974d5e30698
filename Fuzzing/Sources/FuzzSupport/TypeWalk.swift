//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Uses the whole interface of a set of types.
public struct TypeWalk {
  private let types: BTFTypes
  /// The bytes that values are made from.
  private let source: [UInt8]

  /// Creates a walk through types.
  public init(_ types: BTFTypes, values source: [UInt8]) {
    (self.types, self.source) = (types, source)
  }

  /// Visits every type, looks up its name, and formats and parses a value of it.
  public func walk() {
    for id in 0..<types.endID {
      guard let type = types[id] else { continue }
      look(at: type)
      find(type)
      writeValue(of: type)
    }
    Fuzzer.require(types[types.endID] == nil && types[-1] == nil, "there are types past the last")
  }

  private func look(at type: BTFType) {
    Fuzzer.use((type.kind.description, type.name, type.target?.id, type.unmodified?.id, type.alignment))
    Fuzzer.use((type.integer, type.index?.id, type.linkage, type.componentIndex, type.isForwardOfUnion))
    Fuzzer.use(type.members.map { ($0.name, $0.type.id, $0.bitOffset, $0.bitCount, $0.byteOffset) })
    Fuzzer.use(type.enumerators.map { ($0.name, $0.value) })
    Fuzzer.use(type.parameters.map { ($0.name, $0.type.id) })
    Fuzzer.use(type.sectionVariables.map { ($0.variable.name, $0.byteOffset, $0.byteCount) })
    Fuzzer.use(type.definition)
  }

  private func find(_ type: BTFType) {
    let name = type.name
    guard type.id != 0, !name.isEmpty, !name.unicodeScalars.contains("\u{fffd}") else { return }
    let found = types.find(type.kind, named: name)
    Fuzzer.require(
      found.map { $0.id <= type.id && $0.name == name && $0.kind == type.kind } == true,
      "\(name), type \(type.id), was found as \(found?.id ?? 0)")
    Fuzzer.require(
      types.all(named: name).contains { $0.id == type.id }, "\(name) is missing in all(named:)")
  }

  /// Formats a value as text and JSON, and parses the JSON, which must give the same value if it succeeds.
  private func writeValue(of type: BTFType) {
    let size = min(type.byteCount ?? 8, 256)
    let start = type.id % max(source.count, 1)
    let value = (0..<size).map { source.isEmpty ? 0 : source[(start + $0) % source.count] }
    Fuzzer.use(type.text(value))
    let json = type.json(value)
    // A truncated value has an incomplete JSON form.
    guard type.byteCount == value.count,
      let read = Fuzzer.attempt(
        .malformed, .invalidArgument, .typeMismatch,
        body: {
          () throws(BPFError) in try type.bytes(json: json)
        })
    else { return }
    let again = type.json(read)
    Fuzzer.require(json == again, "type \(type.id): \(json) became \(again)")
  }
}
