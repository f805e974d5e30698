//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A number stored in network byte order, the most significant byte first, as packets have it.
///
/// It takes the bytes of the number and its alignment, so that a structure with it lies in memory as the C structure
/// with a `__be16` or `__be32` does. It reads and is written as the number:
///
/// ```swift
/// struct Endpoint {
///   var address: IPv4Address
///   @BigEndian var port: UInt16
/// }
/// ```
@propertyWrapper
public struct BigEndian<Number: FixedWidthInteger & BitwiseCopyable & Sendable>: BitwiseCopyable, Hashable,
  Sendable
{
  /// The number with its bytes in network order.
  public var bigEndian: Number

  /// Stores a number.
  @inlinable
  public init(_ value: Number) { bigEndian = value.bigEndian }

  /// Stores a number.
  @inlinable
  public init(wrappedValue: Number) { self.init(wrappedValue) }

  /// The number.
  @inlinable
  public var value: Number {
    get { Number(bigEndian: bigEndian) }
    set { bigEndian = newValue.bigEndian }
  }

  /// The number.
  @inlinable
  public var wrappedValue: Number {
    get { value }
    set { value = newValue }
  }
}

extension BigEndian: ExpressibleByIntegerLiteral where Number.IntegerLiteralType: FixedWidthInteger {
  /// Stores a number.
  @inlinable
  public init(integerLiteral value: Number.IntegerLiteralType) { self.init(Number(integerLiteral: value)) }
}

extension BigEndian: Comparable {
  /// Orders as the numbers do.
  @inlinable
  public static func < (a: BigEndian, b: BigEndian) -> Bool { a.value < b.value }
}

extension BigEndian: CustomStringConvertible {
  /// The number.
  public var description: String { value.description }
}
