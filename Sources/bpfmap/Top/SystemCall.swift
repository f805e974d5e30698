//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A system call, identified by its number and calling convention.
struct SystemCall: Hashable {
  /// The calling convention, which determines the meaning of the number: `enum convention` of the BPF program.
  enum Convention: UInt16 { case native, compatible, x32 }

  /// The number that represents all invalid numbers.
  static let unknownNumber: UInt16 = 0xffff

  let number: UInt16
  let convention: UInt16

  /// The name of the system call, or its number if the name is unknown, prefixed with the convention if not native.
  var name: String {
    guard number != SystemCall.unknownNumber else { return "unknown" }
    return switch Convention(rawValue: convention) {
    case .native: SystemCallNames.native[Int(number)] ?? "\(number)"
    case .compatible: "32-bit:\(number)"
    case .x32: "x32:" + (SystemCallNames.native[Int(number)] ?? "\(number)")
    case nil: "\(convention):\(number)"
    }
  }
}
