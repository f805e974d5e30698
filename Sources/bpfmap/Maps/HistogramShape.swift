//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// The layout of a histogram's counters in a map.
enum HistogramShape {
  /// Each element is the counter of one slot; its key is the slot number.
  case slotInElement(FieldType)
  /// Each value contains all slots of one or more histograms.
  case slotsInValue([Slots])

  /// An array of counters in a value.
  struct Slots {
    /// The name of the variable; empty if a value contains a single histogram.
    var name = ""
    /// The offset in the value, in bytes.
    var offset = 0
    var count: Int
    var counter: FieldType
    /// The other members of the structure, such as the name of a process.
    var labels: [(name: String, bytes: Range<Int>, form: TypedField)] = []
  }

  /// Finds the counters of a map.
  ///
  /// - Parameter counter: The type of the counters, if the caller specifies it; nil to use the map's types.
  init(of map: MapHandle, _ types: MapTypes, counter: FieldType?) throws {
    guard map.type.facts.containsCounters else {
      throw Self.unsupported(map, "maps of its type do not contain counters")
    }
    if let counter {
      self = try Self.shape(of: map, counter: counter)
    } else if let value = types.value {
      self = try Self.shape(of: map, value)
    } else if map.valueSize == 4 || map.valueSize == 8 {
      self = .slotInElement(.unsigned(bytes: map.valueSize, .host))
    } else {
      if let readError = types.readError { throw readError }
      throw Self.unsupported(
        map,
        "it has no BTF for its values of \(map.valueSize) bytes; add --value-as u32 if they are counters")
    }
    if case .slotInElement = self { try Self.checkKeysAreSlots(of: map, types) }
  }

  private static func shape(of map: MapHandle, counter: FieldType) throws(Failure) -> HistogramShape {
    let size = counter.fixedSize ?? map.valueSize
    guard map.valueSize.isMultiple(of: size) else {
      throw .usage("the value of \(map) is \(map.valueSize) bytes, not a multiple of \(size)")
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
      throw unsupported(map, "none of its variables is an array of up to 64 counters")
    }
    return .slotsInValue(variables)
  }

  /// Returns the array of counters that a type is, or that one of its members is.
  private static func slots(of map: MapHandle, _ type: BTFType?) throws(Failure) -> Slots {
    if let slots = type?.counters { return try checked(slots, of: map) }
    let members = (type?.unmodified?.members).map(Array.init) ?? []
    let arrays = members.filter { $0.type.counters != nil && $0.bitCount == nil }
    guard let member = arrays.count == 1 ? arrays.first : arrays.first(where: { $0.name == "slots" }),
      var slots = member.type.counters
    else {
      let found = arrays.map { "'\($0.name)'" }.joined(separator: " and ")
      throw unsupported(
        map,
        arrays.isEmpty
          ? "its values, of type \(type?.cName ?? "void"), contain no array of counters"
          : "its values contain several arrays of counters, \(found), and none is named 'slots'")
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
    throw unsupported(
      map, "its values contain arrays of \(slots.count) counters, but a histogram has at most 64 slots")
  }

  private static func checkKeysAreSlots(of map: MapHandle, _ types: MapTypes) throws(Failure) {
    switch map.type.facts.keys {
    case .index:
      guard map.maxEntries > UInt64.bitWidth else { return }
      throw unsupported(map, "it has \(map.maxEntries) counters, but a histogram has at most 64 slots")
    case .prefix: throw unsupported(map, "its keys are prefixes, not slot numbers")
    default:
      let isNumber = types.key.map { $0.unmodified?.integer != nil } ?? [1, 2, 4, 8].contains(map.keySize)
      guard !isNumber || map.keySize > 8 else { return }
      let key = types.key.map { "of type \($0.cName)" } ?? "of \(map.keySize) bytes"
      throw unsupported(map, "its values are single counters, but its keys, \(key), are not slot numbers")
    }
  }

  static func unsupported(_ map: MapHandle, _ reason: String) -> Failure {
    .unsupported(
      """
      \(map) is not a histogram: \(reason). A histogram is an array of up to 64 counters, a hash from slot \
      numbers to counters, or values with an array of counters, like __u32 slots[27]
      """)
  }
}

extension MapTypeFacts {
  /// Whether elements are data that programs find by a key of their choice.
  fileprivate var containsCounters: Bool {
    switch keys {
    case .bytes, .index, .prefix: isKnown && values == .data
    default: false
    }
  }
}

extension BTFType {
  /// The field type of a 4-byte or 8-byte integer; nil for other types.
  fileprivate var counter: FieldType? {
    guard let type = unmodified, let integer = type.integer, let size = type.byteCount,
      size == 4 || size == 8, integer.bitCount == size * 8
    else { return nil }
    return integer.isSigned ? .signed(bytes: size, .host) : .unsigned(bytes: size, .host)
  }

  /// The slots of an array of such integers; nil for other types.
  fileprivate var counters: HistogramShape.Slots? {
    guard let array = unmodified, array.kind == .array, array.elementCount > 0,
      let counter = array.target?.counter
    else { return nil }
    return HistogramShape.Slots(count: array.elementCount, counter: counter)
  }
}
