//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF
internal import NetworkTypes

/// Describes Swift types in BTF, with the names, offsets and sizes of their stored fields.
///
/// | Swift | BTF |
/// |---|---|
/// | an integer, a floating-point number, `Bool`, an optional pointer | the C type of the same size |
/// | a structure, a tuple | a structure; padding is a gap between its members |
/// | a `RawRepresentable` structure with a raw value only | a typedef of the raw value |
/// | `InlineArray`, a tuple of elements of one type without names | an array |
/// | `BigEndian` | a typedef such as `__be16` |
/// | `IPv4Address`, `IPv6Address` | a typedef of bytes |
/// | a type whose fields are unknown, such as a vector or `CStorage` | bytes |
///
/// Each name becomes a C identifier: `Pair<UInt32, Flow>` is `Pair_UInt32_Flow`.
struct SwiftTypeBuilder {
  /// The types so far.
  private(set) var builder = BTFBuilder()

  /// Whether one of them is a floating-point number, which kernels before 5.13 reject.
  private(set) var hasFloats = false

  private let source: FieldSource
  private var ids: [Key: Int] = [:]
  private var numbers: [CNumber: Int] = [:]

  /// A Swift type in a number of bytes. With trailing padding, it is another BTF type than without.
  private struct Key: Hashable {
    var type: ObjectIdentifier
    var byteCount: Int
  }

  init(fields source: FieldSource = .preferred) { self.source = source }

  /// Adds the type of a key or value.
  ///
  /// - Parameter byteCount: the size of the key or value in the map.
  /// - Returns: the type's id.
  mutating func add<T>(_ type: T.Type, byteCount: Int) -> Int {
    guard let root = source.field(type) else { return bytes(byteCount) }
    return id(of: root, byteCount: byteCount)
  }

  /// Adds an array of bytes, and returns its id.
  mutating func bytes(_ count: Int) -> Int { array(of: number(.unsigned(8)), count: count) }

  /// Adds `struct value { unsigned char bytes[count]; }`, and returns its id.
  mutating func bytesInStructure(_ count: Int) -> Int {
    let bytes = BTFDefinition.Member("bytes", type: bytes(count), bitOffset: 0)
    return builder.add("value", .structure(byteCount: count, members: [bytes]))
  }

  // MARK: - Types

  private mutating func id(of field: StoredField, byteCount: Int) -> Int {
    let key = Key(type: ObjectIdentifier(field.type), byteCount: byteCount)
    if let known = ids[key] { return known }
    func open<T>(_ type: T.Type) -> Int { define(type, field.kind, byteCount) }
    let id = open(field.type)
    ids[key] = id
    return id
  }

  private mutating func define<T>(_ type: T.Type, _ kind: StoredField.Kind, _ byteCount: Int) -> Int {
    if let number = (type as? any CNumberType.Type)?.cNumber, number.byteCount == byteCount {
      return self.number(number)
    }
    if let array = type as? any FixedArray.Type {
      return self.array(of: array.element.type, count: array.element.count, byteCount)
    }
    if let named = type as? any NamedBytes.Type {
      let target = named.bigEndian.map { number($0) } ?? bytes(byteCount)
      return builder.add(named.cName, .typedef(target))
    }
    guard kind == .structure || kind == .tuple, !(type is any UnnamedBytes.Type),
      !(type is any SIMDStorage.Type)
    else {
      return bytes(byteCount)
    }
    return structure(type, kind, byteCount) ?? bytes(byteCount)
  }

  private mutating func number(_ number: CNumber) -> Int {
    if let known = numbers[number] { return known }
    if case .float = number { hasFloats = true }
    let id = builder.add(BTFDefinition(number.name, number.shape))
    numbers[number] = id
    return id
  }

  // MARK: - Arrays

  /// Adds an array. Its elements have the size of the Swift type's stride. Returns bytes if it has another size.
  private mutating func array(of element: Any.Type, count: Int, _ byteCount: Int) -> Int {
    func open<T>(_ type: T.Type) -> Int? {
      let stride = MemoryLayout<T>.stride
      guard count > 0, stride * count == byteCount else { return nil }
      return array(of: add(type, byteCount: stride), count: count)
    }
    return open(element) ?? bytes(byteCount)
  }

  private mutating func array(of element: Int, count: Int) -> Int {
    let index = number(.unsigned(32))
    return builder.add(.array(of: element, index: index, count: count))
  }

  // MARK: - Structures

  /// Adds a structure or tuple. Returns nil if its fields are unknown.
  private mutating func structure<T>(_ type: T.Type, _ kind: StoredField.Kind, _ byteCount: Int) -> Int? {
    guard let fields = source.fields(of: type), !fields.isEmpty,
      !fields.contains(where: { $0.kind == .opaque })
    else { return nil }
    if kind == .tuple, fields.count > 1, SwiftTypeBuilder.isArray(fields, byteCount) {
      return array(of: fields[0].type, count: fields.count, byteCount)
    }
    let names = (type as? any NamedMembers.Type)?.memberNames ?? fields.map(\.cName)
    let members = zip(fields, names).compactMap { member($0, $1) }
    if type is any RawRepresentable.Type, fields.count == 1, members.count == 1,
      fields[0].byteCount == byteCount
    {
      return builder.add(SwiftTypeBuilder.name(of: type).orUnderscore, .typedef(members[0].type))
    }
    let name = kind == .tuple ? "" : SwiftTypeBuilder.name(of: type)
    return builder.add(name, .structure(byteCount: byteCount, members: members))
  }

  /// Adds the type of a field, and returns the member; nil for a field without bytes.
  private mutating func member(_ field: StoredField, _ name: String) -> BTFDefinition.Member? {
    guard field.byteCount > 0 else { return nil }
    let id = id(of: field, byteCount: field.byteCount)
    return BTFDefinition.Member(name, type: id, bitOffset: field.offset * 8)
  }

  /// Whether a tuple is a C array: elements of one type without names, which fill it.
  private static func isArray(_ fields: [StoredField], _ byteCount: Int) -> Bool {
    fields.allSatisfy { $0.name.hasPrefix(".") && $0.type == fields[0].type }
      && fields[0].byteCount * fields.count == byteCount
  }

  /// Returns the C name of a structure. Empty for a name that begins with `bpf_`: the kernel manages members of
  /// types with such names, such as `bpf_timer`, and a Swift type does not ask for that.
  private static func name<T>(of type: T.Type) -> String {
    let name = "\(type)".joinedIdentifier
    return name.hasPrefix("bpf_") ? "" : name
  }
}

// MARK: - Names

extension StoredField {
  /// The name of the member in C. The storage of `@BigEndian var port` is `_port`, and a tuple's second element `.1`.
  fileprivate var cName: String {
    let isWrapped = name.hasPrefix("_") && type is any BigEndianNumber.Type
    return (isWrapped ? String(name.dropFirst()) : name).identifierOrNone
  }

  fileprivate var byteCount: Int { FieldSource.size(of: type) }
}

extension String {
  /// The name as a C identifier in which `_` replaces each sequence of other characters.
  fileprivate var joinedIdentifier: String {
    split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }.joined(separator: "_")
      .identifierOrNone
  }

  fileprivate var orUnderscore: String { isEmpty ? "_" : self }
}
