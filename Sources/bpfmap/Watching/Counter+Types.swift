//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

extension [Counter] {
  /// Creates counters for the integers among the fields of a layout.
  init(_ layout: FieldLayout) {
    self = []
    var offset = 0
    for (index, field) in layout.fields.enumerated() {
      let name = layout.fields.count == 1 ? "" : "field \(index + 1)"
      switch field.type {
      case .unsigned(let size, let order):
        append(Counter(name: name, offset: offset, size: size, isSigned: false, isBig: order.isBig))
      case .signed(let size, let order):
        append(Counter(name: name, offset: offset, size: size, isSigned: true, isBig: order.isBig))
      default: break
      }
      offset += field.size
    }
  }

  /// Creates counters for the integers of a type: the type itself, or its members and array elements, recursively.
  ///
  /// Characters, Booleans, enumerations, pointers, bit-fields and arrays of bytes are not counters.
  init(_ type: BTFType) {
    self = []
    // Malformed types can refer to themselves, or have a huge number of members.
    var remaining = 16 * Counters.limit
    collect(type, named: "", at: 0, in: type.byteCount ?? 0, depth: 0, &remaining)
  }

  /// Appends counters for the integers of a type.
  ///
  /// - Parameters:
  ///   - size: The size of the whole value, in bytes.
  ///   - remaining: The number of types that may still be visited.
  private mutating func collect(
    _ type: BTFType, named name: String, at offset: Int, in size: Int, depth: Int, _ remaining: inout Int
  ) {
    remaining -= 1
    guard remaining > 0, depth < 32, count < Counters.limit, let type = type.unmodified else { return }
    switch type.kind {
    case .int: collect(integer: type, named: name, at: offset, in: size)
    case .array:
      guard let element = type.target?.unmodified, let stride = element.byteCount,
        stride > (element.kind == .int ? 1 : 0)
      else { return }
      for index in 0..<type.elementCount where remaining > 0 && count < Counters.limit {
        collect(
          element, named: "\(name)[\(index)]", at: offset + index * stride, in: size, depth: depth + 1,
          &remaining)
      }
    case .structure:
      for member in type.members where member.bitCount == nil {
        collect(
          member.type, named: Self.joined(name, member.name), at: offset + member.byteOffset, in: size,
          depth: depth + 1, &remaining)
      }
    case .dataSection:
      for entry in type.sectionVariables {
        guard let variable = entry.variable.target else { continue }
        collect(
          variable, named: entry.variable.name, at: offset + entry.byteOffset, in: size, depth: depth + 1,
          &remaining)
      }
    default: break
    }
  }

  /// Returns the name of a nested member. The members of an unnamed structure belong to the enclosing structure.
  private static func joined(_ outer: String, _ inner: String) -> String {
    outer.isEmpty || inner.isEmpty ? outer + inner : "\(outer).\(inner)"
  }

  private mutating func collect(integer type: BTFType, named name: String, at offset: Int, in size: Int) {
    guard let integer = type.integer, !integer.isBoolean, !integer.isCharacter, type.name != "char",
      let byteCount = type.byteCount, (1...8).contains(byteCount), integer.bitCount == byteCount * 8,
      offset + byteCount <= size
    else { return }
    append(
      Counter(
        name: name, offset: offset, size: byteCount, isSigned: integer.isSigned,
        isBig: FieldType.ByteOrder.host.isBig))
  }
}
