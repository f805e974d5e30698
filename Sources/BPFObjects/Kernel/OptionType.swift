//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BTF

/// A type that a BPF program may give a variable for a kernel option (`__kconfig`).
package enum OptionType: Sendable, Hashable {
  /// `bool`.
  case boolean
  /// `enum libbpf_tristate`: no, yes or module, in four bytes.
  case tristate
  /// `char` or another integer of one byte, which takes a number, or the letter of `y`, `n` and `m`.
  case character(isSigned: Bool)
  /// An integer of two, four or eight bytes.
  case integer(byteCount: Int, isSigned: Bool)
  /// An array of characters, which a NUL ends.
  case text(count: Int)

  /// The maximum size of an array in bytes; lines of the configuration are shorter.
  private static let maximumText = 4096

  /// Creates an option type from BTF; nil if it cannot hold an option.
  ///
  /// - Parameter type: the variable's type, including modifiers and typedefs.
  package init?(_ type: BTFType) {
    guard let type = type.unmodified, let byteCount = type.byteCount else { return nil }
    switch type.kind {
    case .int:
      let (isSigned, isBoolean) = (type.integer?.isSigned == true, type.integer?.isBoolean == true)
      switch (isBoolean, byteCount) {
      case (true, 1): self = .boolean
      case (false, 1): self = .character(isSigned: isSigned)
      case (false, 2), (false, 4), (false, 8): self = .integer(byteCount: byteCount, isSigned: isSigned)
      default: return nil
      }
    case .enumeration, .enumeration64:
      guard type.name == "libbpf_tristate", byteCount == 4 else { return nil }
      self = .tristate
    case .array:
      guard case .character = type.target.flatMap({ OptionType($0) }), (1...Self.maximumText) ~= byteCount
      else { return nil }
      self = .text(count: byteCount)
    default: return nil
    }
  }

  /// The size of the variable in bytes.
  package var byteCount: Int {
    switch self {
    case .boolean, .character: 1
    case .tristate: 4
    case .integer(let byteCount, _): byteCount
    case .text(let count): count
    }
  }
}

extension OptionType: CustomStringConvertible {
  /// The type in C notation.
  package var description: String {
    switch self {
    case .boolean: "bool"
    case .tristate: "enum libbpf_tristate"
    case .character(let isSigned): isSigned ? "char" : "unsigned char"
    case .integer(let byteCount, let isSigned):
      "\(isSigned ? "a signed" : "an unsigned") integer of \(byteCount) bytes"
    case .text(let count): "char[\(count)]"
    }
  }
}
