//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall

// MARK: - Values

extension UserRingBuffer {
  /// Sends a value as a record, if there is room now.
  ///
  /// The record is what the same structure is in C: `MemoryLayout<Value>.stride` bytes, with zeros for padding.
  ///
  /// No system call. No allocation, but for the first value of a type in the process.
  ///
  /// - Returns: whether there was room.
  /// - Throws: `BPFError`, as ``reserve(_:)``; `BPFError.Code.typeMismatch` for a type that no record can be, such as an
  ///   enumeration.
  public func send<Value: BitwiseCopyable>(_ value: Value) throws(BPFError) -> Bool {
    guard let room = try reserve(as: Value.self) else { return false }
    room.submit(value)
    return true
  }

  /// Reserves room for a value, if there is any now. See ``send(_:)-(Value)``.
  ///
  /// - Parameter type: the value's type.
  /// - Returns: the room, which is to be submitted with a value; nil if programs have to read some records first.
  public func reserve<Value: BitwiseCopyable>(
    as type: Value.Type
  ) throws(BPFError) -> TypedReservation<Value>? {
    let layout = try ElementLayout<Value>.ofSentRecords(.reserve)
    guard let room = try reserve(layout.byteCount) else { return nil }
    return TypedReservation(room, layout)
  }

  /// Reserves room for a value, and waits for some if there is none.
  ///
  /// - Parameters:
  ///   - type: the value's type.
  ///   - timeout: how long to wait at most, to the millisecond; nil for ever.
  /// - Returns: the room; nil if the time is over.
  /// - Throws: as ``reserve(_:timeout:)`` and ``send(_:)-(Value)``.
  public func reserve<Value: BitwiseCopyable>(
    as type: Value.Type, timeout: Duration?
  ) throws(BPFError) -> TypedReservation<Value>? {
    let layout = try ElementLayout<Value>.ofSentRecords(.reserve)
    guard let room = try reserve(layout.byteCount, timeout: timeout) else { return nil }
    return TypedReservation(room, layout)
  }

  /// Room for a value: to be submitted with one, or else discarded when it goes. It holds the value's place in the order
  /// of records from the moment it is reserved.
  public struct TypedReservation<Value: BitwiseCopyable>: ~Copyable, Sendable {
    private var room: Reservation
    private let layout: ElementLayout<Value>

    fileprivate init(_ room: consuming Reservation, _ layout: ElementLayout<Value>) {
      self.room = room
      self.layout = layout
    }

    /// Gives a value to programs. No system call.
    public consuming func submit(_ value: Value) {
      room.withBytes { bytes in
        // As many as the layout has were reserved.
        unsafe bytes.withUnsafeMutableBytes { bytes in unsafe layout.write(value, to: bytes) }
      }
      room.submit()
    }

    /// Has programs pass the record over, as it happens if the reservation just goes. No system call.
    public consuming func discard() {}
  }
}
