//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// The address of a value in an arena, as programs and processes store it: 8 bytes.
///
/// A pointer is only a number, and may come from memory that programs write. ``Arena/load(_:)`` and
/// ``Arena/store(_:at:)`` check it. It can be a field of the values in an arena, or of a map's keys and values.
public struct ArenaPointer<Pointee: BitwiseCopyable>: BitwiseCopyable, Hashable, Sendable {
  /// The address; 0 for the null pointer.
  public var address: UInt64

  /// Creates a pointer from an address, such as one that a program stored as a number.
  @inlinable
  public init(address: UInt64) { self.address = address }

  /// The null pointer, which points to no value.
  @inlinable public static var null: ArenaPointer { ArenaPointer(address: 0) }

  /// Whether this is the null pointer.
  @inlinable public var isNull: Bool { address == 0 }

  /// Returns the pointer to another element of the same array, as in C: `count` strides further.
  @inlinable
  public func advanced(by count: Int) -> ArenaPointer {
    ArenaPointer(address: address &+ UInt64(bitPattern: Int64(count &* MemoryLayout<Pointee>.stride)))
  }

  /// Returns the pointer to a field of the value.
  ///
  /// - Parameter field: a stored property.
  /// - Throws: `BPFError`; `.invalidArgument` for a computed property.
  public func pointer<Field>(to field: KeyPath<Pointee, Field>) throws(BPFError) -> ArenaPointer<Field> {
    guard let offset = MemoryLayout<Pointee>.offset(of: field) else {
      throw BPFError(.lookup, .invalidArgument, "\(field) is not stored in \(Pointee.self)")
    }
    return ArenaPointer<Field>(address: address &+ UInt64(offset))
  }
}

extension ArenaPointer: CustomStringConvertible {
  /// The address in hexadecimal.
  public var description: String { address.hexadecimal }
}
