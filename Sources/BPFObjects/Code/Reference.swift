//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What an instruction refers to, whose number is not known before the object is loaded.
package enum Reference: Sendable, Hashable {
  /// A load of 64 bits: a map.
  case map(String)

  /// A load of 64 bits: an address in the one value of a map of global data, some bytes behind its beginning.
  case mapValue(String, offset: UInt32)

  /// A call of a function of the object.
  case call(CodeLocation)

  /// A load of 64 bits: a function of the object, for a helper to call.
  case functionAddress(CodeLocation)

  /// A load of 64 bits: what the kernel defines, or `.kconfig` holds.
  case extern(String)

  /// A call of a function of the kernel.
  case externCall(String)

  /// Whether it is to a map of a name, or into its value.
  func isTo(map name: String) -> Bool {
    switch self {
    case .map(name), .mapValue(name, _): true
    default: false
    }
  }
}

/// A reference, and where it is.
package struct InstructionReference: Sendable, Hashable {
  /// The index of the instruction.
  package var instruction: Int

  /// What it refers to.
  package var reference: Reference
}
