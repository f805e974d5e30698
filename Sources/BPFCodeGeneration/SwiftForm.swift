//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The representation of a C value in Swift.
struct SwiftForm: Equatable {
  /// The type as written in source.
  var name: String

  /// The category, for types that need code of their own.
  var kind: Kind

  /// The size of a value in bytes, which is also its stride in C.
  var size: Int

  /// The alignment in Swift.
  var alignment: Int

  /// An expression for the value of zero bytes.
  var zero: String

  enum Kind: Equatable {
    /// A number or a structure. Every bit pattern is valid.
    case plain
    /// A signed integer.
    case signed
    /// A Boolean. Only two of 256 bit patterns are valid.
    case boolean
    /// An enumeration with the name of its raw type.
    case enumeration(raw: String)
    /// An array with its dimensions. Its elements are not arrays.
    case array([Int])
  }

  static func unsigned(_ size: Int) -> SwiftForm {
    SwiftForm(name: "UInt\(size * 8)", kind: .plain, size: size, alignment: size, zero: "0")
  }

  static func signed(_ size: Int) -> SwiftForm {
    SwiftForm(name: "Int\(size * 8)", kind: .signed, size: size, alignment: size, zero: "0")
  }

  /// Returns the form of a number in network byte order.
  static func bigEndian(_ size: Int) -> SwiftForm {
    SwiftForm(
      name: "BPF.BigEndian<UInt\(size * 8)>", kind: .plain, size: size, alignment: size, zero: "0")
  }

  static let ipv4Address = SwiftForm(
    name: "BPF.IPv4Address", kind: .plain, size: 4, alignment: 4, zero: "BPF.IPv4Address(0)")

  static let ipv6Address = SwiftForm(
    name: "BPF.IPv6Address", kind: .plain, size: 16, alignment: 4, zero: "BPF.IPv6Address(0)")

  static let boolean = SwiftForm(name: "Bool", kind: .boolean, size: 1, alignment: 1, zero: "false")

  /// Returns the form of opaque bytes.
  static func bytes(_ count: Int) -> SwiftForm { .array(of: .unsigned(1), count) }

  static func array(of element: SwiftForm, _ count: Int) -> SwiftForm {
    // In an array, a Boolean is a byte, as in C.
    let element = element.kind == .boolean ? .unsigned(1) : element
    let inner: [Int] = if case .array(let dimensions) = element.kind { dimensions } else { [] }
    return SwiftForm(
      name: "InlineArray<\(count), \(element.name)>", kind: .array([count] + inner),
      size: element.size * count,
      alignment: element.alignment, zero: "InlineArray(repeating: \(element.zero))")
  }
}
