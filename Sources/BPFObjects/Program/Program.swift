//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFInstructions
public import BPFSyscall
internal import ELF
public import SystemPackage

/// A program of the kernel, verified and held open.
///
/// Owns one descriptor, which closes with the last reference. The program itself lives while a descriptor, a pin, an
/// attachment or a program array holds it. Programs can be shared among tasks.
///
/// ```swift
/// let object = try ObjectFile("counter.bpf.o").load()
/// if let count = object.programs["count"] {
///   let run = try count.run(data: [UInt8](repeating: 0, count: 14))
///   print(run.returnValue, run.duration)
/// }
/// ```
///
/// Id, name, type and tag never change; they are read once, when the program is opened.
public final class Program: Sendable {
  /// The kernel's number for the program, valid while the program exists.
  public let id: ProgramID

  /// The program's name: the full name of its function if it was loaded with an ``Object``, else the kernel's name of
  /// at most 15 bytes.
  public let name: String

  /// The program's type.
  public let type: ProgramType

  /// The program tag, equal for equal instructions.
  public let tag: ProgramTag

  /// The verifier log from loading, if ``LoadOptions/verifierLog`` requested one.
  public let verifierLog: String?

  /// The definition in the object; nil if the program was opened instead of loaded.
  package let definition: ProgramDefinition?

  /// The descriptor, valid while the program exists.
  package let descriptor: OwnedDescriptor

  /// Adopts the descriptor of a loaded program.
  ///
  /// - Parameters:
  ///   - definition: the definition in the object; nil for a program that was opened, which then has the kernel's
  ///     name.
  ///   - verifierLog: the verifier log.
  init(
    adopting descriptor: consuming OwnedDescriptor, _ definition: ProgramDefinition?,
    verifierLog: String? = nil
  ) throws(Errno) {
    let information = try BPFCommand.programInformation(descriptor.borrowed, withMapIDs: false)
    self.descriptor = descriptor
    self.verifierLog = verifierLog
    id = ProgramID(rawValue: information.id)
    self.definition = definition
    name = definition?.name ?? information.name
    type = ProgramType(rawValue: information.type)
    tag = ProgramTag(information.tag)
  }

  /// Adopts the descriptor of a program that was opened instead of loaded.
  convenience init(
    opening descriptor: consuming OwnedDescriptor, _ subject: BPFError.Subject = .unknown,
    path: FilePath? = nil
  ) throws(BPFError) {
    do throws(Errno) {
      try self.init(adopting: descriptor, nil)
    } catch {
      throw BPFObjectKind.program.informationFailure(.open, error, subject, path: path)
    }
  }

  /// Calls `body` with the program's descriptor.
  ///
  /// The program owns it: use it for operations that this library lacks. Do not close it or keep it beyond `body`; to
  /// keep one, duplicate it.
  public func withFileDescriptor<R: ~Copyable, E: Error>(
    _ body: (FileDescriptor) throws(E) -> R
  ) throws(E) -> R {
    try body(descriptor.borrowed)
  }

  /// The program as errors name it.
  package var subject: BPFError.Subject { .program(name: name, id: id) }
}

/// A program tag: eight bytes that the kernel computes from a program's instructions. The same program has the same
/// tag everywhere.
public struct ProgramTag: Hashable, Sendable, CustomStringConvertible {
  /// The eight bytes.
  public let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Creates a tag from sixteen hexadecimal digits, as bpftool prints them; nil for other text.
  public init?(_ text: String) {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == 16, text.count == 16 else { return nil }
    bytes = stride(from: 0, to: 16, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// Sixteen hexadecimal digits, as bpftool prints them.
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

// MARK: - Information

extension Program {
  /// Returns the kernel's current information about the program, with its run statistics.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD`, and once more if it uses maps. Linux 4.13.
  ///
  /// - Throws: `BPFError` with the kernel's answer.
  public func info() throws(BPFError) -> ProgramInfo {
    do throws(Errno) {
      return ProgramInfo(try BPFCommand.programInformation(descriptor.borrowed))
    } catch {
      throw BPFError(.info, error.unansweredCode, errno: error, subject)
    }
  }

  /// Returns the program's instructions after verification, including the verifier's rewrites.
  ///
  /// Map descriptors have become map ids, and helper calls the distance to the helper's code.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD` twice. Linux 4.13. Capability: `CAP_BPF` and `CAP_PERFMON`, and
  /// `kernel.kptr_restrict` must allow it for addresses to be shown.
  ///
  /// - Returns: the instructions; empty if the caller may not see them.
  /// - Throws: `BPFError` with the kernel's answer.
  public func translatedInstructions() throws(BPFError) -> [Instruction] {
    do throws(Errno) {
      let bytes = try BPFCommand.programInstructions(descriptor.borrowed)
      return InstructionList(ByteReader(bytes, isSwapped: false)).map(Array.init) ?? []
    } catch {
      throw BPFError(.info, error.unansweredCode, errno: error, subject)
    }
  }
}

extension Program: Identifiable, Hashable {
  /// Returns whether two objects are of the same program, which both keep alive. A program that was opened may have a
  /// shorter ``name`` than the one that was loaded.
  public static func == (a: Program, b: Program) -> Bool { a.id == b.id }

  /// Hashes the program's id.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension Program: CustomStringConvertible {
  /// Name, id and type, such as `program 'count' (id 12, sched_cls)`.
  public var description: String {
    name.isEmpty ? "program (id \(id), \(type))" : "program '\(name)' (id \(id), \(type))"
  }
}
