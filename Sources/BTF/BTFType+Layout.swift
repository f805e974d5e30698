//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The size and alignment of values.

extension BTFType {
  /// The maximum nesting of types. Deeper ones are treated as cyclic.
  static let maximumDepth = 64

  /// The type without typedefs and modifiers; nil if they form a cycle.
  public var unmodified: BTFType? {
    var type = self
    for _ in 0..<BTFType.maximumDepth {
      guard type.kind.isModifier else { return type }
      guard let target = type.target else { return nil }
      type = target
    }
    return nil
  }

  /// The size of a value in bytes; nil for `void`, functions, forward declarations and cyclic types.
  public var byteCount: Int? { byteCount(depth: 0) }

  private func byteCount(depth: Int) -> Int? {
    guard depth < BTFType.maximumDepth else { return nil }
    switch kind {
    case .int, .structure, .union, .enumeration, .enumeration64, .float, .dataSection: return Int(word(2))
    case .pointer: return 8
    case .typedef, .volatile, .const, .restrict, .typeTag, .variable:
      return target?.byteCount(depth: depth + 1)
    case .array:
      guard let element = target?.byteCount(depth: depth + 1) else { return nil }
      let (size, overflow) = element.multipliedReportingOverflow(by: elementCount)
      return overflow ? nil : size
    case .void, .forward, .function, .functionPrototype, .declarationTag: return nil
    }
  }

  /// The alignment of a value in bytes, according to C on a 64-bit machine; nil if it has no size.
  public var alignment: Int? {
    var known: [Int: Int?] = [:]
    return alignment(&known, depth: 0)
  }

  /// Returns the alignment. `known` caches the alignments of structures by id, so that each is computed once. It is nil
  /// during the computation, which ends cycles.
  func alignment(_ known: inout [Int: Int?], depth: Int) -> Int? {
    guard depth < BTFType.maximumDepth else { return nil }
    switch kind {
    case .int, .enumeration, .enumeration64, .float: return min(max(Int(word(2)), 1), 16)
    case .pointer: return 8
    case .typedef, .volatile, .const, .restrict, .typeTag, .variable, .array:
      return target?.alignment(&known, depth: depth + 1)
    case .structure, .union:
      if let known = known[id] { return known }
      known[id] = .some(nil)
      let alignment = alignmentOfMembers(&known, depth: depth)
      known[id] = .some(alignment)
      return alignment
    case .void, .forward, .function, .functionPrototype, .declarationTag, .dataSection: return nil
    }
  }

  private func alignmentOfMembers(_ known: inout [Int: Int?], depth: Int) -> Int? {
    var largest = 1
    for member in members {
      guard let alignment = member.type.alignment(&known, depth: depth + 1) else { return nil }
      // A structure is packed if a member is misaligned, or its size is not a multiple of its alignment.
      if member.bitCount == nil, member.bitOffset % (alignment * 8) != 0 { return 1 }
      largest = max(largest, alignment)
    }
    return Int(word(2)) % largest == 0 ? largest : 1
  }
}
