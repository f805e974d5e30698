//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A program of the kernel, verified and held open.
///
/// It owns one descriptor, which closes when the last reference goes; the program itself lives on as long as anything
/// holds it: another descriptor, a pin, an attachment, a program array. Programs cross tasks freely.
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
  /// The kernel's number for the program, good as long as the program lives.
  public let id: ProgramID

  /// Its name: of an object that was loaded, the whole name of its function; else what the kernel keeps, at most 15
  /// bytes.
  public let name: String

  /// The kind of program.
  public let type: ProgramType

  /// Eight bytes that are the same for the same instructions.
  public let tag: ProgramTag

  /// What the verifier wrote when the program was loaded, if it was asked to: ``LoadOptions/verifierLog``.
  public let verifierLog: String?

  /// What its object says of it; nil if it was opened.
  package let definition: ProgramDefinition?

  let descriptor: OwnedDescriptor

  /// A loaded program.
  ///
  /// - Parameters:
  ///   - definition: what its object says of it; nil if others loaded it, whose name is what the kernel keeps.
  ///   - verifierLog: what the verifier wrote.
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

  /// A program that others loaded.
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

  /// Lends the program's descriptor.
  ///
  /// It is the program's own: use it for what this library does not offer, and neither close it nor keep it beyond
  /// `body`. To keep one, duplicate it.
  public func withFileDescriptor<R: ~Copyable, E: Error>(
    _ body: (FileDescriptor) throws(E) -> R
  ) throws(E) -> R {
    try body(descriptor.borrowed)
  }

  /// The program as errors name it.
  package var subject: BPFError.Subject { .program(name: name, id: id) }
}

/// Eight bytes that the kernel computes of a program's instructions, as it was given them: the same program has the
/// same tag wherever it is loaded.
public struct ProgramTag: Hashable, Sendable, CustomStringConvertible {
  /// The eight bytes.
  public let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Sixteen hexadecimal digits, as bpftool prints them.
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

// MARK: - Information

extension Program {
  /// What the kernel says of the program now, with how often it ran.
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

  /// The instructions as the kernel's verifier left them, with what it put in and rewrote.
  ///
  /// Descriptors in them have become ids of maps, and calls of helpers the distance to their code.
  ///
  /// System calls: `BPF_OBJ_GET_INFO_BY_FD` twice. Linux 4.13. Capability: `CAP_BPF` and `CAP_PERFMON`, and
  /// `kernel.kptr_restrict` must allow it for addresses to be shown.
  ///
  /// - Returns: the instructions; none if the caller may not see them.
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

extension Program: CustomStringConvertible {
  /// Name, id and type, such as `program 'count' (id 12, sched_cls)`.
  public var description: String {
    name.isEmpty ? "program (id \(id), \(type))" : "program '\(name)' (id \(id), \(type))"
  }
}
