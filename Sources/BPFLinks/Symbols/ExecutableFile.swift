//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import ELF
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

  /// The directory with separate debug files.
  let debugDirectory: FilePath

  let bytes: FileBytes
  let header: ELFHeader

  /// The loaded parts of the file.
  let segments: [ELFSegment]

  /// The memory that the dynamic linker makes read-only once it has relocated the file.
  let relocatedMemory: [ELFSegment]

  let sections: [ELFSection]

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
    header = try ELFHeader(bytes)
    sections = try header.sections(in: bytes)
    let segments = try header.segments(in: bytes, sections)
    self.segments = segments.filter { $0.kind == .loaded }
    relocatedMemory = segments.filter { $0.kind == .relocatedMemory }
  }

  /// Whether the file is loaded at fixed addresses.
  var isAtFixedAddress: Bool { header.type == .executable }

  var format: ELFFormat { header.format }
}
