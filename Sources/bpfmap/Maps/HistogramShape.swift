//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Where in a map the counters of a histogram are.
enum HistogramShape {
  /// Each element counts one slot, whose number is its key.
  case slotInElement(FieldType)
  /// Each value has all slots of a histogram, or of several side by side.
  case slotsInValue([Slots])

  /// An array of counters in a value.
  struct Slots {
    /// The name of the variable that it is; empty where there is one histogram in a value.
    var name = ""
    /// Where its first byte is.
    var offset = 0
    var count: Int
    var counter: FieldType
    /// What else is in the structure around it, such as the name of a process.
    var labels: [(name: String, bytes: Range<Int>, form: TypedField)] = []
  }

  /// Finds the counters by what a person says that they are, or else by the types of the map.
  init(of map: MapHandle, _ types: KnownTypes, counter: FieldType?) throws {
    switch map.type {
    case .array, .perCPUArray, .hash, .perCPUHash, .lruHash, .lruPerCPUHash, .lpmTrie: break
    default: throw Self.refusal(map, "its type is not one that programs count in")
    }
    if let counter {
      self = try Self.shape(of: map, counter: counter)
    } else if let value = types.value {
      self = try Self.shape(of: map, value)
    } else if map.valueSize == 4 || map.valueSize == 8 {
      self = .slotInElement(.unsigned(bytes: map.valueSize, .host))
    } else {
      if let obstacle = types.obstacle { throw obstacle }
      throw Self.refusal(
        map,
        "it has no BTF that tells what its values of \(map.valueSize) bytes are; say --value-as u32 if they "
          + "are counters")
    }
    if case .slotInElement = self { try Self.checkKeysAreSlots(of: map, types) }
  }

  private static func shape(of map: MapHandle, counter: FieldType) throws(Failure) -> HistogramShape {
    let size = counter.fixedSize ?? map.valueSize
    guard map.valueSize.isMultiple(of: size) else {
      throw .usage("the value of \(map) is \(map.valueSize) bytes, which are no counters of \(size)")
    }
    if size == map.valueSize { return .slotInElement(counter) }
    return .slotsInValue([try checked(Slots(count: map.valueSize / size, counter: counter), of: map)])
  }

  private static func shape(of map: MapHandle, _ value: BTFType) throws(Failure) -> HistogramShape {
    if let counter = value.counter { return .slotInElement(counter) }
    guard value.kind == .dataSection else { return .slotsInValue([try slots(of: map, value)]) }
    let variables = value.sectionVariables.compactMap { variable -> Slots? in
      guard var slots = try? slots(of: map, variable.variable.target) else { return nil }
      slots.name = variable.variable.name
      slots.offset += variable.byteOffset
      slots.labels = []
      return slots
    }
    guard !variables.isEmpty else {
      throw refusal(map, "none of its variables is an array of up to 64 counters")
    }
    return .slotsInValue(variables)
  }

  /// The array of counters that a type is, or has for a member.
  private static func slots(of map: MapHandle, _ type: BTFType?) throws(Failure) -> Slots {
    if let slots = type?.counters { return try checked(slots, of: map) }
    let members = (type?.unmodified?.members).map(Array.init) ?? []
    let arrays = members.filter { $0.type.counters != nil && $0.bitCount == nil }
    guard let member = arrays.count == 1 ? arrays.first : arrays.first(where: { $0.name == "slots" }),
      var slots = member.type.counters
    else {
      let found = arrays.map { "'\($0.name)'" }.joined(separator: " and ")
      throw refusal(
        map,
        arrays.isEmpty
          ? "its values, of type \(type?.cName ?? "void"), have no array of counters"
          : "its values have several arrays of counters, \(found), and none is called 'slots'")
    }
    slots.offset = member.byteOffset
    slots.labels = members.compactMap { other in
      guard other.bitOffset != member.bitOffset, other.bitCount == nil, !other.name.isEmpty,
        let size = other.type.byteCount, size > 0
      else { return nil }
      return (other.name, other.byteOffset..<other.byteOffset + size, TypedField(other.type))
    }
    return try checked(slots, of: map)
  }

  private static func checked(_ slots: Slots, of map: MapHandle) throws(Failure) -> Slots {
    guard slots.count > UInt64.bitWidth else { return slots }
    throw refusal(
      map, "its values have arrays of \(slots.count) counters, and a histogram has at most 64 slots")
  }

  private static func checkKeysAreSlots(of map: MapHandle, _ types: KnownTypes) throws(Failure) {
    switch map.type {
    case .array, .perCPUArray:
      guard map.maxEntries > UInt64.bitWidth else { return }
      throw refusal(map, "it has \(map.maxEntries) counters, and a histogram has at most 64 slots")
    case .lpmTrie: throw refusal(map, "its keys are prefixes, and not numbers of slots")
    default:
      let isNumber = types.key.map { $0.unmodified?.integer != nil } ?? [1, 2, 4, 8].contains(map.keySize)
      guard !isNumber || map.keySize > 8 else { return }
      let key = types.key.map { "of type \($0.cName)" } ?? "of \(map.keySize) bytes"
      throw refusal(map, "its values are single counters, but its keys, \(key), are not numbers of slots")
    }
  }

  static func refusal(_ map: MapHandle, _ reason: String) -> Failure {
    .unsupported(
      """
      \(map) is no histogram: \(reason). It may be an array of up to 64 counters, a hash from slots \
      to counters, or have values with an array of counters, like __u32 slots[27]
      """)
  }
}

extension BTFType {
  /// For a number that can count, as which type its bytes are read.
  fileprivate var counter: FieldType? {
    guard let type = unmodified, let integer = type.integer, let size = type.byteCount,
      size == 4 || size == 8, integer.bitCount == size * 8
    else { return nil }
    return integer.isSigned ? .signed(bytes: size, .host) : .unsigned(bytes: size, .host)
  }

  /// For an array of such numbers, where they are.
  fileprivate var counters: HistogramShape.Slots? {
    guard let array = unmodified, array.kind == .array, array.elementCount > 0,
      let counter = array.target?.counter
    else { return nil }
    return HistogramShape.Slots(count: array.elementCount, counter: counter)
  }
}
