//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A reference of an instruction that loading resolves.
package enum Reference: Sendable, Hashable {
  /// A 64-bit load: a map.
  case map(String)

  /// A 64-bit load: an address in the value of a global data map, with an offset in bytes.
  case mapValue(String, offset: UInt32)

  /// A call of a function of the object.
  case call(CodeLocation)

  /// A 64-bit load: a function of the object, as a callback.
  case functionAddress(CodeLocation)

  /// A 64-bit load: an extern.
  case extern(String)

  /// A call of a kfunc.
  case externCall(String)

  /// Whether it refers to a map of a name, or into its value.
  func isTo(map name: String) -> Bool {
    switch self {
    case .map(name), .mapValue(name, _): true
    default: false
    }
  }
}

/// A reference and its instruction.
package struct InstructionReference: Sendable, Hashable {
  /// The index of the instruction.
  package var instruction: Int

  /// The reference.
  package var reference: Reference
}
