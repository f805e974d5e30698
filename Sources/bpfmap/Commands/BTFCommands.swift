//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

struct BTFCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "btf",
    abstract: "Show the types of the kernel, a map, or a file.",
    discussion: """
      BTF is what the kernel and compiled BPF programs tell of their types.

      Example:
        bpfmap btf header > vmlinux.h
      """,
    subcommands: [BTFHeader.self])

  @OptionGroup var format: FormatOptions
}

struct BTFHeader: MapCommand {
  static let helpWords = "btf header"

  static let configuration = CommandConfiguration(
    commandName: "header",
    abstract: "Print types as a C header that compiles.",
    usage: "bpfmap btf header [--id ID | --file FILE] [--json]",
    discussion: """
      Of the running kernel, a vmlinux.h for BPF programs to include; with --id, of
      the BTF object that a map or program refers to (btf_id of `bpfmap show`);
      with --file, of a file such as /sys/kernel/btf/vmlinux. Structures are laid
      out as they are in memory, each behind the types it is made of.

      The kernel's functions that programs may call (kfuncs) are declared weak. A
      program that declares them itself, with other types, defines the macro
      BPF_NO_KFUNC_PROTOTYPES before it includes the header.

      With --json {"types":N,"kfuncs":N,"header":"…"}.

      Examples:
        bpfmap btf header > vmlinux.h
        bpfmap btf header --id 12
      """)

  @Option(help: ArgumentHelp("The BTF object with this id.", valueName: "id"))
  var id: UInt32?

  @Option(help: ArgumentHelp("The BTF object in this file.", valueName: "file"), completion: .file())
  var file: String?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    guard id == nil || file == nil else { throw Failure.usage("--id and --file exclude each other") }
    let types: BTFTypes =
      if let id { try BTFTypes(id: id) } else if let file { try BTFTypes(contentsOf: FilePath(file)) } else {
        try .vmlinux()
      }
    let header = types.cHeader()
    guard format.isJSON else { return try output.write(header) }
    try output.json { json in
      json.object { json in
        json.member("types", types.count)
        json.member("kfuncs", types.kfuncs.count)
        json.member("header", header)
      }
    }
  }
}
