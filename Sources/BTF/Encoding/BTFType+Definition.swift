//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFType {
  /// The type as an independent value; nil for `void`.
  ///
  /// A linkage that the library does not know becomes `static`.
  public var definition: BTFDefinition? {
    shape.map { BTFDefinition(name, $0) }
  }

  private var shape: BTFDefinition.Shape? {
    let size = storedByteCount
    let target = target?.id ?? 0
    switch kind {
    case .void: return nil
    case .int: return integer.map { .int(byteCount: size, $0) }
    case .pointer: return .pointer(to: target)
    case .array: return .array(of: target, index: index?.id ?? 0, count: elementCount)
    case .structure: return .structure(byteCount: size, members: storedMembers)
    case .union: return .union(byteCount: size, members: storedMembers)
    case .enumeration:
      return .enumeration(byteCount: size, isSigned: isSignedEnumeration, Array(enumerators))
    case .enumeration64:
      return .enumeration64(byteCount: size, isSigned: isSignedEnumeration, Array(enumerators))
    case .forward: return .forward(isUnion: isForwardOfUnion)
    case .typedef: return .typedef(target)
    case .volatile: return .volatile(target)
    case .const: return .const(target)
    case .restrict: return .restrict(target)
    case .function: return .function(prototype: target, linkage ?? .static)
    case .functionPrototype:
      return .functionPrototype(
        result: target, parameters: parameters.map { BTFDefinition.Parameter($0.name, type: $0.type.id) })
    case .variable: return .variable(target, linkage ?? .static)
    case .dataSection:
      return .dataSection(
        byteCount: size,
        variables: sectionVariables.map {
          BTFDefinition.SectionVariable(
            $0.variable.id, byteOffset: $0.byteOffset, byteCount: $0.byteCount)
        })
    case .float: return .float(byteCount: size)
    case .declarationTag:
      return .declarationTag(on: target, component: componentIndex, isAttribute: flag)
    case .typeTag: return .typeTag(target, isAttribute: flag)
    }
  }

  /// The members as stored: a bit-field that is described by its integer type remains so.
  private var storedMembers: [BTFDefinition.Member] {
    let isFlagged = flag
    return members.map { member in
      isFlagged
        ? BTFDefinition.Member(
          member.name, type: member.type.id, bitOffset: member.bitOffset, bitCount: member.bitCount)
        : BTFDefinition.Member(
          member.name, type: member.type.id,
          bitOffset: member.bitOffset
            - (member.bitCount == nil ? 0 : member.type.unmodified?.integer?.bitOffset ?? 0))
    }
  }
}
