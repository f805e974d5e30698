//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF
import KernelTypeDeclarations

struct BTFCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "btf",
    abstract: "Show the types of the kernel, a map, or a file.",
    discussion: """
      BTF is the type information of the kernel and of compiled BPF programs.

      Example:
        bpfmap btf header > vmlinux.h
      """,
    subcommands: [BTFHeader.self, BTFSwift.self])

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

struct BTFSwift: MapCommand {
  static let helpTopic = "btf swift"

  static let configuration = CommandConfiguration(
    commandName: "swift",
    abstract: "Print kernel types as Swift for programs.",
    usage: """
      bpfmap btf swift [--type NAMES] [--field NAMES] [--tracepoint NAMES] \
      [--function NAMES] [--file FILE] [--json]
      """,
    discussion: """
      Prints a Swift source for a module of BPF programs (see BPFKernel). It declares
      structures of the kernel, whose members are read where the running kernel has
      them; the values of enumerations; and the arguments of tracepoints (section
      tp_btf) and functions (sections fentry, fexit). The source does not depend on
      the kernel on which it is generated or built.

      Members that are structures or pointers to them have those types if they are
      declared too; arrays of them take an index. Without --field, all members are
      declared that Swift can have. With --file, the types are those of a file
      instead of the running kernel.

      A program can take the declared arguments as its context: a SchedProcessExec
      in the section tp_btf/sched_process_exec. The same is true of a record (section
      tracepoint/GROUP/NAME), which is the structure trace_event_raw_NAME, for system
      calls syscall_trace_enter and syscall_trace_exit, and of the objects of an
      iterator, bpf_iter__NAME. Events of a class have records with its name.

      With --json, prints {"source":"…"}.

      Examples:
        bpfmap btf swift --type task_struct --field tgid,real_parent \\
            --tracepoint sched_process_exec > KernelTypes.swift
      """)

  @Option(help: ArgumentHelp("Structures, unions and enumerations, separated by commas.", valueName: "names"))
  var type: String?

  @Option(help: ArgumentHelp("Only these members, of all structures.", valueName: "names"))
  var field: String?

  @Option(help: ArgumentHelp("Tracepoints whose arguments to declare.", valueName: "names"))
  var tracepoint: String?

  @Option(help: ArgumentHelp("Kernel functions whose arguments to declare.", valueName: "names"))
  var function: String?

  @Option(help: ArgumentHelp("The BTF object in this file.", valueName: "file"), completion: .file())
  var file: String?

  @OptionGroup var format: FormatOptions

  func run(to output: inout Output) throws {
    let selection = KernelTypeSource.Selection(
      types: names(type), fields: names(field), tracepoints: names(tracepoint), functions: names(function))
    guard !(selection.types + selection.tracepoints + selection.functions).isEmpty else {
      throw Failure.usage("nothing to declare: use --type, --tracepoint or --function")
    }
    let types: BTFTypes = if let file { try BTFTypes(contentsOf: FilePath(file)) } else { try .vmlinux() }
    let source = try KernelTypeSource(
      selection, in: types, command: command, hint: { NameSuggestion.hint(for: $0, among: $1) }
    ).source
    guard format.isJSON else { return try output.write(source) }
    try output.json { json in json.object { json in json.member("source", source) } }
  }

  private func names(_ list: String?) -> [String] {
    list?.split { $0 == "," || $0 == " " }.map(String.init) ?? []
  }

  /// The command without the options that do not matter to the result on another machine.
  private var command: String {
    let options = [
      ("--type", type), ("--field", field), ("--tracepoint", tracepoint), ("--function", function),
    ]
    return options.reduce(into: "bpfmap btf swift") { command, option in
      let names = names(option.1)
      if !names.isEmpty { command += " \(option.0) \(names.joined(separator: ","))" }
    }
  }
}
