//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An error of an ``Assembly``: a label that is missing or out of reach.
public struct AssemblyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of error.
  public let code: Code

  /// The label.
  public let label: String

  /// The index of the statement that refers to the label; for ``Code/duplicateLabel``, of the label's second definition.
  public let statement: Int

  /// The cause, as a sentence that says what to do.
  public let description: String

  /// A kind of error.
  @nonexhaustive
  public enum Code: Sendable, Hashable {
    /// No statement defines the label.
    case undefinedLabel
    /// Two statements define the label.
    case duplicateLabel
    /// No instruction follows the label.
    case labelAtEnd
    /// The label is too far away for the jump.
    case jumpTooFar
  }
}
