//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import NetworkTypes

extension TypeLeaf {
  /// Returns the leaves of a Swift type, ascending by offset.
  static func of<T>(swift type: T.Type, fields source: FieldSource = .preferred) -> [TypeLeaf] {
    var walk = SwiftWalk(source: source)
    if let root = source.field(type) { walk.visit(root, path: [], at: 0) }
    return walk.leaves.sorted { $0.offset < $1.offset }
  }
}

/// Walks the fields of a Swift type.
private struct SwiftWalk {
  let source: FieldSource
  private(set) var leaves: [TypeLeaf] = []

  mutating func visit(_ field: StoredField, path: [String], at offset: Int) {
    func open<T>(_ type: T.Type) { visitOpened(type, field.kind, path, offset) }
    open(field.type)
  }

  private mutating func visitOpened<T>(
    _ type: T.Type, _ kind: StoredField.Kind, _ path: [String], _ offset: Int
  ) {
    let size = MemoryLayout<T>.size
    guard size > 0 else { return }
    var leaf = TypeLeaf(path: path, offset: offset, size: size, meaning: .opaque, typeName: "\(type)")
    if let meaning = (type as? any ScalarType.Type)?.meaning {
      leaf.meaning = meaning
    } else if let type = type as? any FixedArray.Type {
      return visitArray(of: type.element.type, count: type.element.count, leaf)
    } else if kind == .structure || kind == .tuple, !(type is any LeafType.Type) {
      return visitFields(of: type, leaf)
    }
    leaves.append(leaf)
  }

  private mutating func visitFields<T>(of type: T.Type, _ whole: TypeLeaf) {
    guard let fields = source.fields(of: type), !fields.isEmpty,
      !fields.contains(where: { $0.kind == .opaque })
    else { return leaves.append(whole) }
    if fields.count > 1, fields.allSatisfy({ $0.name.hasPrefix(".") && $0.type == fields[0].type }) {
      // Swift imports a C array as a tuple.
      return visitArray(of: fields[0].type, count: fields.count, whole)
    }
    for field in fields {
      // Fields of a tuple have numbers, not names. A structure's only field stands for the structure.
      let isElement = field.name.hasPrefix(".")
      let isNameless = isElement || (fields.count == 1 && !whole.path.isEmpty)
      let first = leaves.count
      visit(
        field, path: isNameless ? whole.path : whole.path + [field.name], at: whole.offset + field.offset)
      if isElement { for index in first..<leaves.count { leaves[index].isInTuple = true } }
    }
  }

  /// Adds the leaves of an array: a single leaf if the elements are numbers.
  private mutating func visitArray(of element: Any.Type, count: Int, _ whole: TypeLeaf) {
    func open<T>(_ type: T.Type) {
      let stride = MemoryLayout<T>.stride
      for leaf in TypeLeaf.of(swift: type, fields: source) {
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
}

// MARK: - Types without fields

/// A type that is a single number.
private protocol ScalarType {
  static var meaning: TypeLeaf.Meaning { get }
}

extension ScalarType where Self: FixedWidthInteger {
  // C has a single 8-bit type for characters, whose signedness depends on the architecture.
  static var meaning: TypeLeaf.Meaning { bitWidth == 8 ? .number : isSigned ? .signed : .unsigned }
}
extension ScalarType where Self: BinaryFloatingPoint {
  static var meaning: TypeLeaf.Meaning { .float }
}
extension Bool: ScalarType {
  static var meaning: TypeLeaf.Meaning { .number }
}
extension Optional: ScalarType {
  // The only optionals in maps are pointers.
  static var meaning: TypeLeaf.Meaning { .number }
}
extension BigEndian: ScalarType {
  static var meaning: TypeLeaf.Meaning { (Number.self as? any ScalarType.Type)?.meaning ?? .opaque }
}
extension Int: ScalarType {}
extension Int8: ScalarType {}
extension Int16: ScalarType {}
extension Int32: ScalarType {}
extension Int64: ScalarType {}
extension Int128: ScalarType {}
extension UInt: ScalarType {}
extension UInt8: ScalarType {}
extension UInt16: ScalarType {}
extension UInt32: ScalarType {}
extension UInt64: ScalarType {}
extension UInt128: ScalarType {}
extension Float16: ScalarType {}
extension Float: ScalarType {}
extension Double: ScalarType {}

/// A type that is compared as one leaf. Programs use another type for an address: a number, bytes, or a structure of
/// them. The bytes of `CStorage` stand for members that Swift computes.
private protocol LeafType {}

extension IPv4Address: LeafType {}
extension IPv6Address: LeafType {}
extension AddressPrefix: LeafType {}
extension CStorage: LeafType {}

/// An array of fixed length.
protocol FixedArray {
  static var element: (type: Any.Type, count: Int) { get }
}

extension InlineArray: FixedArray {
  static var element: (type: Any.Type, count: Int) { (Element.self, count) }
}
