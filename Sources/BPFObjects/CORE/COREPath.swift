//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

/// The access path of a relocation, in the object's own BTF or the kernel's.
struct COREPath {
  /// A named step; anonymous structures and unions are in ``indices`` only.
  enum Step {
    /// An array element, or, as the first step, a value behind a pointer; with the element's type.
    case element(BTFType, index: Int)
    /// A named member of a structure or union.
    case member(of: BTFType, index: Int)
    /// An enumerator.
    case enumerator(of: BTFType, index: Int)
  }

  /// The root type, with typedefs and modifiers.
  let root: BTFType

  /// The steps; none if the relocation is about the type itself.
  private(set) var steps: [Step] = []

  /// The indices in the relocation.
  private(set) var indices: [Int] = []

  /// The offset from the root in bits.
  private(set) var bitOffset = 0

  /// The maximum number of indices, the same as in the kernel.
  static let maximumLength = 64

  /// Creates a path without steps.
  init(root: BTFType) { self.root = root }
}

// MARK: - Steps

extension COREPath {
  /// Appends an element; returns false if the path is too long, or if the offset is unknown or overflows.
  mutating func append(element type: BTFType, index: Int) -> Bool {
    guard indices.count < COREPath.maximumLength else { return false }
    if index != 0 {
      guard let size = type.byteCount else { return false }
      let (bytes, tooMany) = size.multipliedReportingOverflow(by: index)
      let (bits, tooManyBits) = bytes.multipliedReportingOverflow(by: 8)
      let (offset, tooFar) = bitOffset.addingReportingOverflow(bits)
      guard !tooMany, !tooManyBits, !tooFar else { return false }
      bitOffset = offset
    }
    indices.append(index)
    steps.append(.element(type, index: index))
    return true
  }

  /// Appends a member; returns false if the path is too long or the offset overflows. An anonymous member only adds
  /// its offset.
  mutating func append(
    member index: Int, of type: BTFType, bitOffset bits: Int, isNamed: Bool
  ) -> Bool {
    let (offset, tooFar) = bitOffset.addingReportingOverflow(bits)
    guard indices.count < COREPath.maximumLength, !tooFar else { return false }
    bitOffset = offset
    indices.append(index)
    if isNamed { steps.append(.member(of: type, index: index)) }
    return true
  }

  /// Appends an enumerator.
  mutating func append(enumerator index: Int, of type: BTFType) {
    indices.append(index)
    steps.append(.enumerator(of: type, index: index))
  }

  /// Whether the array at the end of the path has an element with the index. A flexible array member at the end of a
  /// structure has an element for every index.
  func reaches(_ index: Int, of array: BTFType) -> Bool {
    if index < array.elementCount { return true }
    guard array.elementCount == 0, case .member(let holder, let last)? = steps.last else { return false }
    return last == holder.members.count - 1
  }
}

// MARK: - Reading

extension COREPath {
  /// Resolves a relocation's path in the object's own BTF.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.malformed` if the path is invalid.
  init(_ relocation: CORERelocation, in local: BTFTypes) throws(BPFError) {
    func malformed(_ reason: String) -> BPFError {
      BPFError(
        .relocate, .malformed,
        "\(relocation.briefDescription(in: local)) at instruction \(relocation.instruction): \(reason)")
    }
    guard relocation.typeID > 0, let root = local[relocation.typeID] else {
      throw malformed("the object has no type \(relocation.typeID)")
    }
    self.init(root: root)
    guard relocation.kind.subject != .type else {
      guard relocation.access == "0" else { throw malformed("a type has nothing to go to but itself, 0") }
      return
    }
    guard let indices = COREPath.indices(relocation.access) else {
      throw malformed("that is not a list of up to \(COREPath.maximumLength) indices")
    }
    guard let type = root.unmodified else { throw malformed("the type is another name for itself") }
    do throws(COREObstacle) {
      if relocation.kind.subject == .enumerator {
        try readEnumerator(indices, of: type)
      } else {
        try readField(indices, of: type)
      }
    } catch {
      throw malformed(error.reason(in: "the object's own BTF"))
    }
  }

  /// Parses an access string such as `0:1:2`; returns nil for other text.
  private static func indices(_ access: String) -> [Int]? {
    var indices: [Int] = []
    for part in access.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
      guard indices.count < maximumLength, let index = Int(decimal: part), index <= Int32.max else {
        return nil
      }
      indices.append(index)
    }
    return indices
  }

  private mutating func readEnumerator(_ indices: [Int], of type: BTFType) throws(COREObstacle) {
    guard type.isEnumeration else { throw .notAnEnumeration(type) }
    guard indices.count == 1, let index = indices.first, index < type.enumerators.count else {
      throw .outOfBounds(indices.first ?? 0, count: type.enumerators.count)
    }
    append(enumerator: index, of: type)
  }

  private mutating func readField(_ indices: [Int], of root: BTFType) throws(COREObstacle) {
    var type = root
    for (depth, index) in indices.enumerated() {
      if depth == 0 {
        guard append(element: type, index: index) else { throw .uncountable }
        continue
      }
      switch type.kind {
      case .structure, .union:
        guard let member = type.members.dropFirst(index).first else {
          throw .outOfBounds(index, count: type.members.count)
        }
        guard append(member: index, of: type, bitOffset: member.bitOffset, isNamed: !member.name.isEmpty)
        else { throw .uncountable }
        guard let next = member.type.unmodified else { throw .noSize(member.type) }
        type = next
      case .array:
        guard reaches(index, of: type) else { throw .outOfBounds(index, count: type.elementCount) }
        guard let element = type.target?.unmodified, append(element: element, index: index) else {
          throw .uncountable
        }
        type = element
      default: throw .nothingInside(type)
      }
    }
  }
}

extension BTFType {
  /// Whether it is an enumeration, of 32 or 64 bits.
  var isEnumeration: Bool { kind == .enumeration || kind == .enumeration64 }

  /// Whether it is a structure or a union.
  var isComposite: Bool { kind == .structure || kind == .union }
}

extension Int {
  /// Parses a number that consists of digits only.
  fileprivate init?(decimal digits: some Collection<UInt8>) {
    guard !digits.isEmpty, digits.count <= 10 else { return nil }
    var number = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    self = number
  }
}
