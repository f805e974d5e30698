//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

@_spi(Reflection) internal import Swift

extension TypeLeaf {
  /// The leaves of a Swift type, ascending by offset.
  static func of<T>(swift type: T.Type) -> [TypeLeaf] {
    var walk = SwiftWalk()
    // Kinds are told of fields, so the type is made the first of a pair.
    walk.forEachField(of: (T, UInt8).self) { name, _, field, kind, walk in
      if name == ".0" { walk.visit(field, kind, path: [], at: 0) }
    }
    return walk.leaves.sorted { $0.offset < $1.offset }
  }
}

/// A passage through the fields of a Swift type.
private struct SwiftWalk {
  private(set) var leaves: [TypeLeaf] = []

  mutating func visit(_ type: Any.Type, _ kind: _MetadataKind, path: [String], at offset: Int) {
    func open<T>(_ type: T.Type) { visitOpened(type, kind, path, offset) }
    open(type)
  }

  private mutating func visitOpened<T>(
    _ type: T.Type, _ kind: _MetadataKind, _ path: [String], _ offset: Int
  ) {
    let size = MemoryLayout<T>.size
    guard size > 0 else { return }
    var leaf = TypeLeaf(path: path, offset: offset, size: size, meaning: .opaque, typeName: "\(type)")
    if let meaning = (type as? any Meaningful.Type)?.meaning {
      leaf.meaning = meaning
    } else if let type = type as? any FixedArray.Type {
      return visitArray(of: type.element.type, count: type.element.count, leaf)
    } else if kind == .struct || kind == .tuple, !(type is any Undivided.Type) {
      return visitFields(of: type, leaf)
    }
    leaves.append(leaf)
  }

  private mutating func visitFields<T>(of type: T.Type, _ whole: TypeLeaf) {
    var fields: [(name: String, offset: Int, type: Any.Type, kind: _MetadataKind)] = []
    forEachField(of: type) { name, offset, field, kind, _ in fields.append((name, offset, field, kind)) }
    let isUnknown = fields.isEmpty || fields.contains { $0.kind == .opaque || $0.kind == .unknown }
    guard !isUnknown else { return leaves.append(whole) }
    if fields.count > 1, fields.allSatisfy({ $0.name.hasPrefix(".") && $0.type == fields[0].type }) {
      // What C calls an array is a tuple here.
      return visitArray(of: fields[0].type, count: fields.count, whole)
    }
    for field in fields {
      // A field of a tuple has its number for a name; the only field of a structure is the structure.
      let isNameless = field.name.hasPrefix(".") || (fields.count == 1 && !whole.path.isEmpty)
      visit(
        field.type, field.kind, path: isNameless ? whole.path : whole.path + [field.name],
        at: whole.offset + field.offset)
    }
  }

  /// Elements of one type, side by side: one leaf if they are numbers.
  private mutating func visitArray(of element: Any.Type, count: Int, _ whole: TypeLeaf) {
    func open<T>(_ type: T.Type) {
      let stride = MemoryLayout<T>.stride
      for leaf in TypeLeaf.of(swift: type) {
        if leaf.offset == 0, leaf.size * leaf.count == stride, leaf.path.isEmpty {
          var leaf = leaf
          (leaf.path, leaf.offset, leaf.count) = (whole.path, whole.offset, leaf.count * count)
          leaves.append(leaf)
        } else {
          for index in 0..<count {
            var leaf = leaf
            leaf.path = whole.path + ["\(index)"] + leaf.path
            leaf.offset += whole.offset + index * stride
            leaves.append(leaf)
          }
        }
      }
    }
    open(element)
  }

  mutating func forEachField<T>(
    of type: T.Type,
    _ body: (_ name: String, _ offset: Int, Any.Type, _MetadataKind, inout SwiftWalk) -> Void
  ) {
    _ = unsafe _forEachField(of: type) { name, offset, field, kind in
      body(unsafe String(cString: name), offset, field, kind, &self)
      return true
    }
  }
}

// MARK: - Types without parts

/// A type whose bytes have a meaning of their own.
private protocol Meaningful {
  static var meaning: TypeLeaf.Meaning { get }
}

extension Meaningful where Self: FixedWidthInteger {
  // C has one type of eight bits for characters, and it has a sign on some machines only.
  static var meaning: TypeLeaf.Meaning { bitWidth == 8 ? .number : isSigned ? .signed : .unsigned }
}
extension Meaningful where Self: BinaryFloatingPoint {
  static var meaning: TypeLeaf.Meaning { .float }
}
extension Bool: Meaningful {
  static var meaning: TypeLeaf.Meaning { .number }
}
extension Optional: Meaningful {
  // Of the optionals only pointers can be in a map.
  static var meaning: TypeLeaf.Meaning { .number }
}
extension Int: Meaningful {}
extension Int8: Meaningful {}
extension Int16: Meaningful {}
extension Int32: Meaningful {}
extension Int64: Meaningful {}
extension Int128: Meaningful {}
extension UInt: Meaningful {}
extension UInt8: Meaningful {}
extension UInt16: Meaningful {}
extension UInt32: Meaningful {}
extension UInt64: Meaningful {}
extension UInt128: Meaningful {}
extension Float16: Meaningful {}
extension Float: Meaningful {}
extension Double: Meaningful {}

/// A type whose parts are not what programs have in its place: an address is a number there, bytes, or a structure of
/// these, and the bytes that members are computed of are the members.
private protocol Undivided {}

extension IPv4Address: Undivided {}
extension IPv6Address: Undivided {}
extension AddressPrefix: Undivided {}
extension CStorage: Undivided {}

/// An array of fixed length.
private protocol FixedArray {
  static var element: (type: Any.Type, count: Int) { get }
}

extension InlineArray: FixedArray {
  static var element: (type: Any.Type, count: Int) { (Element.self, count) }
}
