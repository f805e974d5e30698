//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A register of the BPF machine, of 64 bits.
public enum Register: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// The result of a call, and of the program.
  case r0
  /// The first argument of a call, and the program's context at its start. Calls overwrite `r1` to `r5`.
  case r1
  /// The second argument of a call.
  case r2
  /// The third argument of a call.
  case r3
  /// The fourth argument of a call.
  case r4
  /// The fifth argument of a call.
  case r5
  /// A register that calls preserve.
  case r6
  /// A register that calls preserve.
  case r7
  /// A register that calls preserve.
  case r8
  /// A register that calls preserve.
  case r9
  /// The frame pointer: the end of the function's stack of 512 bytes. It is read-only.
  case r10

  /// The name, such as `r0`.
  public var description: String { "r\(rawValue)" }
}

/// The second operand of an operation: a register or a constant.
///
/// Write `.r1` or `42`.
public enum Operand: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// The contents of a register.
  case register(Register)
  /// A number. 64-bit operations extend its sign.
  case constant(Int32)

  /// Creates a constant.
  public init(integerLiteral value: Int32) { self = .constant(value) }

  /// The register `r0`.
  public static let r0 = Operand.register(.r0)
  /// The register `r1`.
  public static let r1 = Operand.register(.r1)
  /// The register `r2`.
  public static let r2 = Operand.register(.r2)
  /// The register `r3`.
  public static let r3 = Operand.register(.r3)
  /// The register `r4`.
  public static let r4 = Operand.register(.r4)
  /// The register `r5`.
  public static let r5 = Operand.register(.r5)
  /// The register `r6`.
  public static let r6 = Operand.register(.r6)
  /// The register `r7`.
  public static let r7 = Operand.register(.r7)
  /// The register `r8`.
  public static let r8 = Operand.register(.r8)
  /// The register `r9`.
  public static let r9 = Operand.register(.r9)
  /// The register `r10`.
  public static let r10 = Operand.register(.r10)

  var register: Register? { if case .register(let register) = self { register } else { nil } }
  var constant: Int32 { if case .constant(let constant) = self { constant } else { 0 } }
}
