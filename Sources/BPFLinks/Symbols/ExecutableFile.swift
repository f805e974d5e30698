//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
public import BPFSyscall
public import SystemPackage

/// An executable file or shared library, for finding functions and USDT probes.
///
/// ```swift
/// let libc = try ExecutableFile("libc.so.6")
/// let offset = try libc.offset(of: "malloc")
/// for function in try libc.functions(matching: "pthread_mutex_*") { print(function.name) }
/// ```
///
/// Supports ELF files of 32 and 64 bits and of both byte orders, and does not trust their contents. Each search reads
/// the file again, a few kilobytes at a time; symbols are read only on demand.
public final class ExecutableFile: Sendable {
  /// The path at which the file was found.
  public let path: FilePath

  /// Whether the file is loaded at fixed addresses. `ET_EXEC`.
  let isAtFixedAddress: Bool

  /// The machine architecture. `EM_*`.
  let machine: UInt16?

  /// The directory with separate debug files.
  let debugDirectory: FilePath

  let bytes: FileBytes
  let format: ELFFormat
  let segments: [Segment]

  /// The memory that the dynamic linker makes read-only once it has relocated the file. `PT_GNU_RELRO`.
  let relocatedMemory: [Segment]

  let sections: [Section]

  /// The index of the section that contains the names of all sections.
  let sectionNames: Int

  /// A loaded part of the file. Its file bytes are within the file.
  struct Segment: Sendable {
    var offset: Int
    var address: UInt64
    var byteCount: Int
    /// The size in memory. Bytes beyond those of the file are zeros.
    var memoryByteCount: UInt64
    var isExecutable: Bool
    var isWritable: Bool
  }

  /// A section of the file.
  struct Section: Sendable {
    /// The name's offset among the section names.
    var name: Int
    /// `SHT_*`.
    var kind: UInt32
    var address: UInt64
    var offset: Int
    var byteCount: Int
    /// The index of a related section, such as that of its names.
    var link: Int
    var info: Int
  }

  /// Opens a file.
  ///
  /// System calls: open(2), lseek(2), pread(2) three times, and those of the search for a name.
  ///
  /// - Parameter path: a path, or a name without a slash. A library such as `libc.so.6` is searched as by the dynamic
  ///   linker, any other name in `PATH`. See ``find(_:)``.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such file; `BPFError.Code.malformed` if it is not an
  ///   ELF file, or truncated; `BPFError.Code.permissionDenied`.
  public convenience init(_ path: FilePath) throws(BPFError) {
    try self.init(at: ExecutableFile.find(path))
  }

  /// Opens a process's file by path or name.
  convenience init(_ path: FilePath, of process: Int32?) throws(BPFError) {
    try self.init(at: ExecutableFile.find(path, in: ProcessRoot(of: process)))
  }

  /// Opens the file at a path.
  ///
  /// - Parameter debugDirectory: the directory with separate debug files; tests use another.
  package init(at path: FilePath, debugDirectory: FilePath = "/usr/lib/debug") throws(BPFError) {
    (self.path, self.debugDirectory) = (path, debugDirectory)
    bytes = try FileBytes(path)
    let identification = try bytes.part(0, min(bytes.count, 64)) ?? []
    guard let format = ELFFormat(identification) else {
      throw BPFError(.findSymbol, .malformed, path: path, "this is not an ELF file")
    }
    self.format = format
    let header = format.reader(identification)
    machine = header.number(18)
    isAtFixedAddress = header.number(16, as: UInt16.self) == 2
    guard let headers = try Headers(header, format, bytes) else {
      throw BPFError(
        .findSymbol, .malformed, path: path,
        "the headers of its segments or sections exceed the file: it is truncated or damaged")
    }
    (segments, relocatedMemory) = (headers.segments, headers.relocatedMemory)
    (sections, sectionNames) = (headers.sections, headers.sectionNames)
  }
}
