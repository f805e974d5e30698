//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
public import BPFSyscall
public import SystemPackage

/// An executable file or shared library, in which functions and static probes are found.
///
/// ```swift
/// let libc = try ExecutableFile("libc.so.6")
/// let place = try libc.offset(of: "malloc")
/// for function in try libc.functions(matching: "pthread_mutex_*") { print(function.name) }
/// ```
///
/// Any ELF file is read, of 32 or 64 bits and either byte order, and none is trusted. It is read again whenever something
/// is looked for, some kilobytes at once; its symbols only then.
public final class ExecutableFile: Sendable {
  /// The file, where it was found.
  public let path: FilePath

  /// Whether what is in it has the addresses in memory that the file says. `ET_EXEC`.
  let isAtFixedAddress: Bool

  /// Whose instructions are in it. `EM_*`.
  let machine: UInt16?

  /// The directory with separate debug files.
  let debugDirectory: FilePath

  let bytes: FileBytes
  let format: ELFFormat
  let segments: [Segment]

  /// The memory that the dynamic linker makes read-only once it has relocated the file. `PT_GNU_RELRO`.
  let relocatedMemory: [Segment]

  let sections: [Section]

  /// The number of the section that has the names of all sections.
  let sectionNames: Int

  /// A part of the file that is mapped into memory, when it runs. It is all in the file.
  struct Segment: Sendable {
    var offset: Int
    var address: UInt64
    var byteCount: Int
    /// Bytes in memory. Those that are not in the file are zeros.
    var memoryByteCount: UInt64
    var isExecutable: Bool
    var isWritable: Bool
  }

  /// A part of the file with a name.
  struct Section: Sendable {
    /// Where the name is among the names of sections.
    var name: Int
    /// `SHT_*`.
    var kind: UInt32
    var address: UInt64
    var offset: Int
    var byteCount: Int
    /// The number of a section that it needs, such as that of its names.
    var link: Int
    var info: Int
  }

  /// Opens a file.
  ///
  /// System calls: open(2), lseek(2), pread(2) three times, and those of the search for a name.
  ///
  /// - Parameter path: a path, or a name without a slash, which is looked for: that of a library such as `libc.so.6` where
  ///   the dynamic linker does, any other in `PATH`. See ``find(_:)``.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file, `BPFError.Code.malformed` if it is no ELF
  ///   file or cut off, `BPFError.Code.permissionDenied`.
  public convenience init(_ path: FilePath) throws(BPFError) {
    try self.init(at: ExecutableFile.find(path))
  }

  /// Opens the file that a process has by a path or name.
  convenience init(_ path: FilePath, of process: Int32?) throws(BPFError) {
    try self.init(at: ExecutableFile.find(path, in: ProcessRoot(of: process)))
  }

  /// Opens the file at a path.
  ///
  /// - Parameter debugDirectory: the directory with separate debug files; tests have their own.
  package init(at path: FilePath, debugDirectory: FilePath = "/usr/lib/debug") throws(BPFError) {
    (self.path, self.debugDirectory) = (path, debugDirectory)
    bytes = try FileBytes(path)
    let identification = try bytes.part(0, min(bytes.count, 64)) ?? []
    guard let format = ELFFormat(identification) else {
      throw BPFError(.findSymbol, .malformed, path: path, "this is no ELF file")
    }
    self.format = format
    let head = format.reader(identification)
    machine = head.number(18)
    isAtFixedAddress = head.number(16, as: UInt16.self) == 2
    guard let heads = try Heads(head, format, bytes) else {
      throw BPFError(
        .findSymbol, .malformed, path: path,
        "the heads of its segments or sections lie behind the end of the file: it is cut off or damaged")
    }
    (segments, relocatedMemory) = (heads.segments, heads.relocatedMemory)
    (sections, sectionNames) = (heads.sections, heads.sectionNames)
  }
}
