//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import BTF

/// A parser for BTF map declarations: structures whose members describe a map.
///
/// The types of the members encode all values. A number is the length of an array that a member points to,
/// `int (*max_entries)[64]`, or the only enumerator of an enumeration, for 64-bit numbers. The members `key` and
/// `value` point to their types.
struct MapDeclaration {
  private var map: MapDefinition

  private let isInner: Bool

  /// Parses the map that a structure declares.
  static func read(_ structure: BTFType, name: String) throws(BPFError) -> MapDefinition {
    try MapDeclaration(structure, name: name, isInner: false).map
  }

  private init(_ structure: BTFType, name: String, isInner: Bool) throws(BPFError) {
    map = MapDefinition(name: name, kind: .declared, type: MapType(rawValue: 0))
    self.isInner = isInner
    let members = structure.members
    for (index, member) in members.enumerated() {
      if member.name == "values" {
        guard index == members.count - 1 else { throw refusal("'values' is not its last member") }
        try readValues(member)
      } else {
        try read(member)
      }
    }
    guard map.type.rawValue != 0 else { throw refusal("it has no type") }
  }

  private func refusal(_ reason: String) -> BPFError {
    .malformedObject("the declaration of map '\(map.name)': \(reason)")
  }

  private mutating func read(_ member: BTFType.Member) throws(BPFError) {
    switch member.name {
    case "type": map.type = MapType(rawValue: try word(member))
    case "max_entries": map.maxEntries = Int(try word(member))
    case "map_flags": map.flags = MapCreateFlags(rawValue: try word(member))
    case "map_extra": map.extra = try number(member)
    case "numa_node": map.numaNode = Int(try word(member))
    case "key_size": try setKeySize(Int(try word(member)))
    case "value_size": try setValueSize(Int(try word(member)))
    case "key":
      let type = try pointee(member)
      try setKeySize(type.size)
      map.keyTypeID = type.id
    case "value":
      let type = try pointee(member)
      try setValueSize(type.size)
      map.valueTypeID = type.id
    case "pinning":
      guard !isInner else { throw refusal("an inner map cannot be pinned") }
      map.pinning = MapDefinition.Pinning(rawValue: try word(member))
    default: throw refusal("it has the unknown member '\(member.name)'")
    }
  }

  private mutating func setKeySize(_ size: Int) throws(BPFError) {
    guard map.keySize == 0 || map.keySize == size else {
      throw refusal("it has keys of \(map.keySize) bytes, and of \(size)")
    }
    map.keySize = size
  }

  private mutating func setValueSize(_ size: Int) throws(BPFError) {
    guard map.valueSize == 0 || map.valueSize == size else {
      throw refusal("it has values of \(map.valueSize) bytes, and of \(size)")
    }
    map.valueSize = size
  }
}

// MARK: - Members

extension MapDeclaration {
  private func word(_ member: BTFType.Member) throws(BPFError) -> UInt32 {
    guard let word = UInt32(exactly: try number(member)) else {
      throw refusal("'\(member.name)' does not fit into 32 bits")
    }
    return word
  }

  private func number(_ member: BTFType.Member) throws(BPFError) -> UInt64 {
    let type = member.type.unmodified
    if let array = type?.kind == .pointer ? type?.target : nil, array.kind == .array {
      return UInt64(array.elementCount)
    }
    if let values = type?.enumerators, values.count == 1, let value = values.first?.value {
      return UInt64(truncatingIfNeeded: value)
    }
    throw refusal("'\(member.name)' is not a number: neither a pointer to an array nor an enumeration of one")
  }

  /// Returns the sized type that a member points to.
  private func pointee(_ member: BTFType.Member) throws(BPFError) -> (id: Int, size: Int) {
    guard member.type.kind == .pointer, let type = member.type.target, let size = type.byteCount,
      size <= Int(UInt32.max)
    else { throw refusal("'\(member.name)' is not a pointer to a type with a size") }
    return (type.id, size)
  }

  /// Parses `values`: the inner map declaration of a map of maps, or programs.
  private mutating func readValues(_ member: BTFType.Member) throws(BPFError) {
    guard !isInner else { throw refusal("a map of maps cannot hold maps of maps") }
    try setValueSize(4)
    let array = member.type
    guard array.kind == .array, let pointer = array.target?.unmodified, pointer.kind == .pointer,
      let held = pointer.target?.unmodified
    else { throw refusal("'values' is not an array of pointers") }
    switch map.type.facts.valueObject {
    case .program:
      guard held.kind == .functionPrototype else { throw refusal("'values' does not point to functions") }
    case .map:
      guard held.kind == .structure else { throw refusal("'values' does not point to declarations of maps") }
      map.innerMap = try MapDeclaration(held, name: map.name + ".inner", isInner: true).map
    default: throw refusal("it has 'values', and is neither a map of maps nor an array of programs")
    }
  }
}
