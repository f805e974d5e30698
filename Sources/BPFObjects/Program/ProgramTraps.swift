//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// The traps that ended runs of a program in Swift: an overflow, an index out of bounds, a failed precondition, an
/// unwrapped nil.
///
/// The program of a checked kernel module counts them itself, and generated accessors return them: `packets.traps.count`
/// those of the program `count`.
public struct ProgramTraps: Sendable, Hashable {
  /// The number of traps since the object was loaded, on all CPUs.
  public let count: UInt64

  /// The place of the last trap; nil if there was none, or if the compiler does not know the place.
  public let last: Place?

  /// A place in the module's source, with what went wrong there.
  public struct Place: Sendable, Hashable, CustomStringConvertible {
    /// The path of the source, from the module's folder.
    public let file: String

    /// The number of the line.
    public let line: Int

    /// What went wrong, such as `arithmetic overflow`.
    public let reason: String

    /// Creates a place of its parts.
    public init(file: String, line: Int, reason: String) {
      (self.file, self.line, self.reason) = (file, line, reason)
    }

    /// The place and the reason: `Packets.swift:12: arithmetic overflow`.
    public var description: String { "\(file):\(line): \(reason)" }
  }
}

extension ProgramTraps {
  /// The prefix of the variable in which a program counts its traps: two numbers of 64 bits, the count and the number
  /// of the last place. Places are counted from 1.
  package static let variablePrefix = "__traps_"
}

extension Object {
  /// Returns the traps of a program. Generated accessors call it.
  ///
  /// The count is 0 if the compiler left no trap in the program.
  ///
  /// System calls: as ``variableBytes(_:)``.
  ///
  /// - Parameters:
  ///   - program: the program's name.
  ///   - places: the places where the module can trap.
  /// - Throws: `BPFError`, as ``variableBytes(_:)``.
  public func traps(of program: String, places: [ProgramTraps.Place]) throws(BPFError) -> ProgramTraps {
    let name = ProgramTraps.variablePrefix + program
    guard file.variables[name] != nil else { return ProgramTraps(count: 0, last: nil) }
    let numbers = try variable(name, as: InlineArray<2, UInt64>.self)
    let index = Int(clamping: numbers[1]) - 1
    return ProgramTraps(count: numbers[0], last: places.indices.contains(index) ? places[index] : nil)
  }
}
