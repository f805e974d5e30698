//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The kernel's id for a program.
///
/// The kernel assigns ids in sequence and does not reuse them soon. An id is meaningless once its program is gone.
public struct ProgramID: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable,
  ExpressibleByIntegerLiteral, CustomStringConvertible
{
  /// The id as a number.
  public var rawValue: UInt32

  /// Creates an id from its number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Creates an id from its number.
  public init(integerLiteral value: UInt32) { self.rawValue = value }

  /// Compares ids by number.
  public static func < (a: ProgramID, b: ProgramID) -> Bool { a.rawValue < b.rawValue }

  /// The number as text.
  public var description: String { "\(rawValue)" }
}
