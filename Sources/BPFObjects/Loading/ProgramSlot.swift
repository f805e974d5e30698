//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import SystemPackage

/// A slot of a program array, and the program that loading stores there.
struct ProgramSlot {
  let array: MapHandle
  let index: Int
  let program: Program

  private var key: [UInt8] { [UInt8](number: UInt32(truncatingIfNeeded: index)) }

  /// Stores the program in the slot.
  func fill() throws(BPFError) { try put(program) }

  /// Returns the current program of the slot, or nil if it is empty or its program may not be opened.
  func current() -> Program? {
    guard let id = try? ProgramArray(array, checkingTypes: false).lookup(index) else { return nil }
    return try? Program(id: id)
  }

  /// Restores the slot's previous program.
  func restore(_ old: Program?) {
    if let old { try? put(old) } else { _ = try? array.delete(key) }
  }

  private func put(_ program: Program) throws(BPFError) {
    try program.withFileDescriptor { (descriptor) throws(BPFError) in
      try array.update(key, to: [UInt8](number: descriptor.rawValue))
    }
  }
}
