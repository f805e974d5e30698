//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How a value of C is written and stored in Swift.
struct SwiftForm: Equatable {
  /// The type, as a source has it.
  var name: String

  /// What it is, as far as it must be handled in a way of its own.
  var kind: Kind

  /// Bytes of a value; in C, there are as many from one to the next.
  var size: Int

  /// The alignment in Swift.
  var alignment: Int

  /// An expression for the value whose bytes are zero.
  var zero: String

  enum Kind: Equatable {
    /// A number, or a structure: any bytes are a value.
    case plain
    /// An integer with a sign.
    case signed
    /// A Boolean: two of 256 bytes are values.
    case boolean
    /// An enumeration, by the name of the type of its numbers.
    case enumeration(raw: String)
    /// An array of elements that are no arrays, by its dimensions.
    case array([Int])
  }

  static func unsigned(_ size: Int) -> SwiftForm {
    SwiftForm(name: "UInt\(size * 8)", kind: .plain, size: size, alignment: size, zero: "0")
  }

  static func signed(_ size: Int) -> SwiftForm {
    SwiftForm(name: "Int\(size * 8)", kind: .signed, size: size, alignment: size, zero: "0")
  }

  static let boolean = SwiftForm(name: "Bool", kind: .boolean, size: 1, alignment: 1, zero: "false")

  /// Bytes that mean nothing to Swift.
  static func bytes(_ count: Int) -> SwiftForm { .array(of: .unsigned(1), count) }

  static func array(of element: SwiftForm, _ count: Int) -> SwiftForm {
    // A Boolean in an array is the byte that it is in C.
    let element = element.kind == .boolean ? .unsigned(1) : element
    let inner: [Int] = if case .array(let dimensions) = element.kind { dimensions } else { [] }
    return SwiftForm(
      name: "InlineArray<\(count), \(element.name)>", kind: .array([count] + inner),
      size: element.size * count,
      alignment: element.alignment, zero: "InlineArray(repeating: \(element.zero))")
  }
}
