//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Atomic operations: RFC 9669, section 5.3.

/// An operation that an instruction applies to memory atomically.
@nonexhaustive
public enum AtomicOperation: Int32, Sendable, Hashable {
  /// Adds the register. Each kernel has it, unless the result is fetched.
  case add = 0x00
  /// Sets the bits of the register. Linux 5.12.
  case or = 0x40
  /// Clears the bits that the register does not have. Linux 5.12.
  case and = 0x50
  /// Inverts the bits of the register. Linux 5.12.
  case xor = 0xa0

  /// The bit that asks for the memory's value before the operation. `BPF_FETCH`.
  static let fetch: Int32 = 0x01
  /// `BPF_XCHG`
  static let exchange: Int32 = 0xe1
  /// `BPF_CMPXCHG`
  static let compareAndExchange: Int32 = 0xf1
  /// `BPF_LOAD_ACQ`
  static let loadAcquire: Int32 = 0x100
  /// `BPF_STORE_REL`
  static let storeRelease: Int32 = 0x110
}

extension InstructionConvertible {
  /// `*(address + offset) op= source`, atomically.
  ///
  /// - Parameters:
  ///   - operation: the operation.
  ///   - source: the register with the operand.
  ///   - address: the register with the address.
  ///   - offset: the distance from the address, in bytes.
  ///   - isFetching: whether the source register receives the memory's value before the operation. Linux 5.12, cpu v3.
  ///   - width: the size of the number in memory.
  public static func atomic(
    _ operation: AtomicOperation, _ source: Register, at address: Register, offset: Int16 = 0,
    isFetching: Bool = false, width: OperationWidth = .bits64
  ) -> Self {
    Self(
      atomic: operation.rawValue | (isFetching ? AtomicOperation.fetch : 0), source, address, offset,
      width.accessSize)
  }

  /// Exchanges a register with memory, atomically. Linux 5.12, cpu v3.
  public static func exchange(
    _ source: Register, at address: Register, offset: Int16 = 0, width: OperationWidth = .bits64
  ) -> Self {
    Self(atomic: AtomicOperation.exchange, source, address, offset, width.accessSize)
  }

  /// Stores a register in memory if the memory equals `r0`, and loads the memory's value before that into `r0`,
  /// atomically. Linux 5.12, cpu v3.
  public static func compareAndExchange(
    _ source: Register, at address: Register, offset: Int16 = 0, width: OperationWidth = .bits64
  ) -> Self {
    Self(atomic: AtomicOperation.compareAndExchange, source, address, offset, width.accessSize)
  }

  /// Loads a number atomically, before all later accesses (load-acquire). Linux 6.15.
  public static func loadAcquire(
    _ size: AccessSize = .doubleWord, from address: Register, offset: Int16 = 0, to register: Register
  ) -> Self {
    // The address is in the source register, as for other loads.
    Self(atomic: AtomicOperation.loadAcquire, address, register, offset, size)
  }

  /// Stores a register atomically, after all earlier accesses (store-release). Linux 6.15.
  public static func storeRelease(
    _ source: Register, _ size: AccessSize = .doubleWord, at address: Register, offset: Int16 = 0
  ) -> Self {
    Self(atomic: AtomicOperation.storeRelease, source, address, offset, size)
  }

  private init(
    atomic operation: Int32, _ source: Register, _ destination: Register, _ offset: Int16, _ size: AccessSize
  ) {
    self.init(
      Instruction(
        opcode: Instruction.Mode.atomic | size.opcodeBits | Instruction.Group.store.rawValue,
        destination: destination.rawValue, source: source.rawValue, offset: offset, immediate: operation))
  }
}
