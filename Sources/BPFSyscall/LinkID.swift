//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The number by which the kernel knows a link while it lives.
///
/// Ids are given out in turn and not used again soon; an id says nothing once its link is gone.
public struct LinkID: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable,
  ExpressibleByIntegerLiteral, CustomStringConvertible
{
  /// The kernel's number.
  public var rawValue: UInt32

  /// An id with the kernel's number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// An id with the kernel's number.
  public init(integerLiteral value: UInt32) { self.rawValue = value }

  /// Orders ids as the kernel does.
  public static func < (a: LinkID, b: LinkID) -> Bool { a.rawValue < b.rawValue }

  /// The number.
  public var description: String { "\(rawValue)" }
}
