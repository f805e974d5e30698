//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A JSON value.
indirect enum JSONValue {
  case null
  case boolean(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  /// The members in their order; a name may be there twice.
  case object([(name: String, value: JSONValue)])

  /// What it is, as a noun.
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

/// A number as it was written: nothing of it is lost before it is known what it is for.
struct JSONNumber {
  /// The number's text, which JSON's grammar was held against.
  var text: String

  /// The number, if it is written with digits alone and fits into 128 bits.
  var whole: WholeNumber?

  /// Whether it is written with digits alone.
  var isWhole: Bool

  /// The nearest number of floating point; nil if there is none that is finite.
  var floating: Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
}

/// A whole number, and how it was written.
struct WholeNumber {
  var magnitude: UInt128
  var isNegative: Bool
  var text: String

  /// A number; there is no -0.
  init(_ magnitude: UInt128, isNegative: Bool = false, text: String) {
    (self.magnitude, self.isNegative, self.text) = (magnitude, isNegative && magnitude != 0, text)
  }
}
