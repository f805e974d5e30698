//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A number in network byte order, the most significant byte first.
///
/// It has the number's size and alignment, so that a structure with it has the layout of the C structure with a
/// `__be16` or `__be32`. Its value is read and written as a number in native byte order:
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
  /// The stored number, with its bytes in network order.
  public var bigEndian: Number

  /// Creates a value that stores a number.
  @inlinable
  public init(_ value: Number) { bigEndian = value.bigEndian }

  /// Creates a value that stores a number.
  @inlinable
  public init(wrappedValue: Number) { self.init(wrappedValue) }

  /// The number in native byte order.
  @inlinable
  public var value: Number {
    get { Number(bigEndian: bigEndian) }
    set { bigEndian = newValue.bigEndian }
  }

  /// The number in native byte order.
  @inlinable
  public var wrappedValue: Number {
    get { value }
    set { value = newValue }
  }
}

extension BigEndian: ExpressibleByIntegerLiteral where Number.IntegerLiteralType: FixedWidthInteger {
  /// Creates a value that stores a number.
  @inlinable
  public init(integerLiteral value: Number.IntegerLiteralType) { self.init(Number(integerLiteral: value)) }
}

extension BigEndian: Comparable {
  /// Returns whether the first number is less than the second.
  @inlinable
  public static func < (a: BigEndian, b: BigEndian) -> Bool { a.value < b.value }
}

#if !hasFeature(Embedded)
extension BigEndian: CustomStringConvertible {
  /// The number in decimal.
  public var description: String { value.description }
}
#endif
