//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A JSON value.
package indirect enum JSONValue: Sendable {
  case null
  case boolean(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  /// The members in order; a name may occur twice.
  case object([(name: String, value: JSONValue)])

  /// A description for messages.
  var noun: String {
    switch self {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .number(let number): number.text
    case .string(let text): "\"\(text.prefix(40))\""
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// A number as written. It keeps full precision until its type is known.
package struct JSONNumber: Sendable {
  /// The number's text, which is valid JSON.
  var text: String

  /// The number, if it is an integer without exponent that fits in 128 bits.
  package var integer: JSONInteger?

  /// Whether it is an integer without exponent.
  var isInteger: Bool

  /// The closest floating-point number; nil if none is finite.
  var floating: Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
}

/// An integer, and its text.
package struct JSONInteger: Sendable {
  package var magnitude: UInt128
  var isNegative: Bool
  var text: String

  /// Creates an integer; -0 becomes 0.
  init(_ magnitude: UInt128, isNegative: Bool = false, text: String) {
    (self.magnitude, self.isNegative, self.text) = (magnitude, isNegative && magnitude != 0, text)
  }
}
