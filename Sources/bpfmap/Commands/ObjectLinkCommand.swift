//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF
import CLibrary

/// `bpfmap object link`
struct ObjectLink: MapCommand {
  static let helpTopic = "object link"

  static let configuration = CommandConfiguration(
    commandName: "link",
    abstract: "Link compiled objects to one.",
    usage: "bpfmap object link OUTPUT INPUT... [--json]",
    discussion: """
      Writes an object in which each input can use the functions, maps and variables
      that another one defines and it declares extern. Fails if two inputs define the
      same name, unless one definition is weak, if they declare it differently, or
      if their licenses differ. OUTPUT is replaced only if linking succeeds.

      Requires no privileges, and makes no bpf(2) calls.

      Examples:
        bpfmap object link firewall.bpf.o filter.bpf.o statistics.bpf.o
      """)

  @Argument(help: "The object to write.", completion: .file())
  var target: String

  @Argument(help: ArgumentHelp("The objects to link.", valueName: "input"), completion: .file())
  var inputs: [String]

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    var linker = ObjectLinker()
    for input in inputs { try linker.add(FilePath(input)) }
    try replace(FilePath(target), with: linker.linked())
    try output.done(
      "\(inputs.count) \(inputs.count == 1 ? "object was" : "objects were") linked to \(target)",
      isJSON: format.isJSON)
  }

  /// Writes a file beside its path, and moves it there once it is complete.
  private func replace(_ path: FilePath, with bytes: [UInt8]) throws(Failure) {
    let new = FilePath("\(path).\(getpid()).new")
    do throws(Errno) {
      let file = try Result {
        try FileDescriptor.open(
          new, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
          permissions: [.ownerReadWrite, .groupRead, .otherRead])
      }.mapError { $0 as? Errno ?? .ioError }.get()
      try Result { try file.closeAfter { _ = try file.writeAll(bytes) } }.mapError {
        $0 as? Errno ?? .ioError
      }.get()
      let isMoved = unsafe new.withPlatformString { new in
        unsafe path.withPlatformString { path in unsafe rename(new, path) == 0 }
      }
      guard isMoved else { throw Errno(rawValue: errno) }
    } catch {
      if error != .fileExists { _ = unsafe new.withPlatformString { unsafe unlink($0) } }
      throw .failed("cannot write '\(error == .fileExists ? new : path)': \(error)", error)
    }
  }
}
