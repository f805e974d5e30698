//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall

// MARK: - Values

extension UserRingBuffer {
  /// Sends a value as a record, if there is enough space now.
  ///
  /// The record has the layout of the same structure in C: `MemoryLayout<Value>.stride` bytes, with zeros for padding.
  ///
  /// No system call. Allocates only for the first value of a type in the process.
  ///
  /// - Returns: Whether there was enough space.
  /// - Throws: `BPFError`, as ``reserve(_:)``; `BPFError.Code.typeMismatch` for a type that no record can have, such as
  ///   an enumeration.
  public func send<Value: BitwiseCopyable>(_ value: Value) throws(BPFError) -> Bool {
    guard let reservation = try reserve(as: Value.self) else { return false }
    reservation.submit(value)
    return true
  }

  /// Reserves space for a value, if there is enough now. See ``send(_:)-(Value)``.
  ///
  /// - Parameter type: the value's type.
  /// - Returns: The reservation, to be submitted with a value; nil if programs must read some records first.
  public func reserve<Value: BitwiseCopyable>(
    as type: Value.Type
  ) throws(BPFError) -> TypedReservation<Value>? {
    let layout = try ElementLayout<Value>.ofSentRecords(.reserve)
    guard let reservation = try reserve(layout.byteCount) else { return nil }
    return TypedReservation(reservation, layout)
  }

  /// Reserves space for a value, and waits while there is not enough.
  ///
  /// - Parameters:
  ///   - type: the value's type.
  ///   - timeout: the time limit, with millisecond precision; nil for no limit.
  /// - Returns: The reservation; nil after the timeout.
  /// - Throws: as ``reserve(_:timeout:)`` and ``send(_:)-(Value)``.
  public func reserve<Value: BitwiseCopyable>(
    as type: Value.Type, timeout: Duration?
  ) throws(BPFError) -> TypedReservation<Value>? {
    let layout = try ElementLayout<Value>.ofSentRecords(.reserve)
    guard let reservation = try reserve(layout.byteCount, timeout: timeout) else { return nil }
    return TypedReservation(reservation, layout)
  }

  /// A reserved record for a value. It is discarded if it is destroyed before it is submitted with a value.
  ///
  /// The reservation determines the record's position in the order of records.
  public struct TypedReservation<Value: BitwiseCopyable>: ~Copyable, Sendable {
    private var reservation: Reservation
    private let layout: ElementLayout<Value>

    fileprivate init(_ reservation: consuming Reservation, _ layout: ElementLayout<Value>) {
      self.reservation = reservation
      self.layout = layout
    }

    /// Submits the record with a value. No system call.
    public consuming func submit(_ value: Value) {
      reservation.withBytes { bytes in
        // The reservation has exactly the size of the layout.
        unsafe bytes.withUnsafeMutableBytes { bytes in unsafe layout.write(value, to: bytes) }
      }
      reservation.submit()
    }

    /// Discards the record, as its destruction does. No system call.
    public consuming func discard() {}
  }
}
