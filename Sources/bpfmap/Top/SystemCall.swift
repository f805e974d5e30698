//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A kind of system call, as the kernel tells them apart.
struct SystemCall: Hashable {
  /// Whose numbers the number is one of: the program's `enum convention`.
  enum Convention: UInt16 { case native, compatible, x32 }

  /// The number that stands for all that no kernel has.
  static let unknownNumber: UInt16 = 0xffff

  let number: UInt16
  let convention: UInt16

  /// The name as in the manual; the number of a call that has none here, with what it is a number of.
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
