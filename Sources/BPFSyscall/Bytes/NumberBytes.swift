//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension [UInt8] {
  /// Creates the bytes of a number, in native byte order.
  @inlinable
  package init<Number: FixedWidthInteger & BitwiseCopyable>(number: Number) {
    self = unsafe Swift.withUnsafeBytes(of: number) { unsafe Array($0) }
  }

  /// Appends the bytes of a number, in native byte order.
  @inlinable
  package mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(number: Number) {
    unsafe Swift.withUnsafeBytes(of: number) { unsafe append(contentsOf: $0) }
  }
}
