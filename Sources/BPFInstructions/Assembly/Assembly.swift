//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A program in assembly: a list of statements, which becomes a list of instructions.
///
/// ```swift
/// let atMostTen: Assembly = [
///   .move(10, to: .r0),
///   .jump(to: "end", if: .greater(.r1, 10)),
///   .move(.r1, to: .r0),
///   .label("end"),
///   .exit,
/// ]
/// print(try atMostTen.instructions())
/// ```
///
/// A register is `.r0` to `.r10`, and an operand a register or a constant. The distances of jumps and calls come from
/// labels. A statement that refers to a map keeps the map open.
///
/// `Program.init(type:assembly:license:)` of the module BPFObjects loads it.
public struct Assembly: Sendable {
  private var statements: [Statement] = []

  /// Creates an empty list.
  public init() {}

  /// Creates a list of instructions.
  public init(_ instructions: some Sequence<Instruction>) { statements = instructions.map(Statement.init) }
}

extension Assembly: RandomAccessCollection, RangeReplaceableCollection, MutableCollection,
  ExpressibleByArrayLiteral
{
  /// The first index, 0.
  public var startIndex: Int { 0 }

  /// The number of statements.
  public var endIndex: Int { statements.count }

  /// The statement at an index.
  public subscript(index: Int) -> Statement {
    get { statements[index] }
    set { statements[index] = newValue }
  }

  /// Creates a list of statements.
  public init(arrayLiteral statements: Statement...) { self.statements = statements }

  /// Replaces statements.
  public mutating func replaceSubrange(_ range: Range<Int>, with statements: some Collection<Statement>) {
    self.statements.replaceSubrange(range, with: statements)
  }
}
