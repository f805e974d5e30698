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
      BTF is the type information of the kernel and of compiled BPF programs.

      Example:
        bpfmap btf header > vmlinux.h
      """,
    subcommands: [BTFHeader.self])

  @OptionGroup var format: FormatOptions
}

struct BTFHeader: MapCommand {
  static let helpTopic = "btf header"

  static let configuration = CommandConfiguration(
    commandName: "header",
    abstract: "Print types as a C header.",
    usage: "bpfmap btf header [--id ID | --file FILE] [--json]",
    discussion: """
      By default, prints the running kernel's types: a vmlinux.h for BPF programs.
      With --id, prints the types of a BTF object (see btf_id of `bpfmap show`);
      with --file, those of a file such as /sys/kernel/btf/vmlinux. Structures keep
      their memory layout, and follow the types they depend on.

      Kfuncs, the kernel functions that programs can call, are declared weak. If a
      program declares them with other types, define BPF_NO_KFUNC_PROTOTYPES before
      including the header.

      With --json, prints {"types":N,"kfuncs":N,"header":"…"}.

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
    guard id == nil || file == nil else { throw Failure.usage("--id and --file cannot be combined") }
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
