//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// Why a relocation has no answer, or none that would be right.
enum COREObstacle: Error {
  /// No type has the name.
  case noType
  /// What is asked about is not in the type.
  case absent
  /// There is a field of the name, but a program that expects the first cannot read the second.
  case otherType(local: BTFType, target: BTFType)
  /// The index of a member, element or enumerator is not below the count.
  case outOfBounds(Int, count: Int)
  /// The type has neither members nor elements.
  case nothingInside(BTFType)
  /// The type is no enumeration.
  case notAnEnumeration(BTFType)
  /// The type has no size.
  case noSize(BTFType)
  /// An offset is beyond what numbers count, or the way too long.
  case uncountable
  /// No load of up to 8 bytes has the whole bit-field.
  case wideBitField
  /// An element of an array was asked for what only members have.
  case elementOnly
  /// A field of so many bytes cannot be shifted.
  case tooWide(Int)
  /// The types differ.
  case differs
  /// The number does not fit into the instruction.
  case tooLarge(UInt64)
  /// A load or store of another size would get the value wrong.
  case resized(from: Int, to: Int)
  /// Types of one name have a field at the same offset, but not in the same size or type; a list of what each has.
  case disagreement(String)
}

extension COREObstacle {
  /// What is in the way, as a sentence without an end.
  ///
  /// - Parameter place: where it was looked for, such as "the kernel's BTF".
  func reason(in place: String) -> String {
    switch self {
    case .noType: "there is no such type in \(place)"
    case .absent: "it is not in \(place)"
    case .otherType(let local, let target):
      "in \(place) it is \(target.briefDescription), which cannot be read as \(local.briefDescription)"
    case .outOfBounds(let index, let count): "index \(index) is not among the \(count) in \(place)"
    case .nothingInside(let type): "\(type.briefDescription) has nothing inside in \(place)"
    case .notAnEnumeration(let type): "\(type.briefDescription) is no enumeration in \(place)"
    case .noSize(let type): "\(type.briefDescription) has no size in \(place)"
    case .uncountable: "it is too deep or too far inside in \(place)"
    case .wideBitField: "the bit-field is spread over more than 8 bytes in \(place)"
    case .elementOnly: "elements of arrays have only an offset and a size"
    case .tooWide(let size): "the \(size) bytes it has in \(place) cannot be shifted as a number"
    case .differs: "it differs from that in \(place)"
    case .tooLarge(let value): "the \(value) of \(place) does not fit into the instruction"
    case .resized(let size, let newSize):
      "its size is \(newSize) in \(place) and \(size) in the program, and only pointers and unsigned integers, "
        + "or signed ones loaded as such, can be accessed in another size"
    case .disagreement(let list):
      "types of this name in \(place) have it at the same offset, but not in the same size or type: \(list): "
        + COREFinding.advice
    }
  }
}
