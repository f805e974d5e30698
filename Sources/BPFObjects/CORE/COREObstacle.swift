//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// A reason why a relocation has no correct answer.
enum COREObstacle: Error {
  /// No type has the name.
  case noType
  /// The type lacks the field, element or enumerator.
  case absent
  /// A field of the name exists, but a program cannot access its type as the type in the object.
  case otherType(local: BTFType, target: BTFType)
  /// The index of a member, element or enumerator is not below the count.
  case outOfBounds(Int, count: Int)
  /// The type has neither members nor elements.
  case nothingInside(BTFType)
  /// The type is not an enumeration.
  case notAnEnumeration(BTFType)
  /// The type has no size.
  case noSize(BTFType)
  /// An offset overflows, or the path has too many steps.
  case uncountable
  /// No load of up to 8 bytes covers the bit-field.
  case wideBitField
  /// A relocation kind for members is applied to an array element.
  case elementOnly
  /// A field of this size in bytes cannot be shifted.
  case tooWide(Int)
  /// The types differ.
  case differs
  /// The number does not fit into the instruction.
  case tooLarge(UInt64)
  /// A load or store of another size would get the value wrong.
  case resized(from: Int, to: Int)
  /// Candidates have a field at the same offset, but of different sizes or types; a list of them.
  case disagreement(String)
}

extension COREObstacle {
  /// Returns the reason as a sentence without a period.
  ///
  /// - Parameter place: the searched types, such as "the kernel's BTF".
  func reason(in place: String) -> String {
    switch self {
    case .noType: "there is no such type in \(place)"
    case .absent: "it is not in \(place)"
    case .otherType(let local, let target):
      "in \(place) it is \(target.briefDescription), which cannot be read as \(local.briefDescription)"
    case .outOfBounds(let index, let count): "index \(index) is not among the \(count) in \(place)"
    case .nothingInside(let type): "\(type.briefDescription) has no members or elements in \(place)"
    case .notAnEnumeration(let type): "\(type.briefDescription) is not an enumeration in \(place)"
    case .noSize(let type): "\(type.briefDescription) has no size in \(place)"
    case .uncountable: "it is nested too deeply, or its offset is too large, in \(place)"
    case .wideBitField: "the bit-field is spread over more than 8 bytes in \(place)"
    case .elementOnly: "elements of arrays have only an offset and a size"
    case .tooWide(let size): "its \(size) bytes in \(place) cannot be shifted as a number"
    case .differs: "it differs from that in \(place)"
    case .tooLarge(let value): "its value in \(place), \(value), does not fit into the instruction"
    case .resized(let size, let newSize):
      "its size is \(newSize) in \(place) and \(size) in the program, and only pointers and unsigned integers, "
        + "or signed ones loaded as such, can be accessed in another size"
    case .disagreement(let list):
      "types of this name in \(place) have it at the same offset, but not in the same size or type: \(list): "
        + COREFinding.advice
    }
  }
}
