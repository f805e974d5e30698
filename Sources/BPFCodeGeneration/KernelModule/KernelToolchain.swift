//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Swift has no BPF target. A kernel module is compiled for riscv64, whose data layout and integer calling convention the BPF
// back end accepts, to bitcode that LLVM's optimizer has not seen. clang then links the bitcode into a C source for BPF, and
// optimizes and generates code for both as if all were C. Everything unofficial about this is in this file.

/// The options of the compilers for kernel modules, and the toolchains that they are known to work with.
package enum KernelToolchain {
  /// The versions of Swift with which the pipeline was tested, oldest first. Older ones lack `@section`.
  package static let testedVersions = ["6.3"]

  /// The target of the Swift compiler. Embedded Swift has a standard library for it.
  static let swiftTarget = "riscv64-none-none-eabi"

  /// Sections of the linked object that mean nothing to the kernel.
  private static let unusedSections = [
    ".linker-options", ".swift1_autolink_entries", ".swift",
    // These are for static linkers, and offsets in the BTF before it was repaired.
    ".rel.BTF",
  ]

  /// What the trap instruction of LLVM calls in code for BPF.
  static let trapFunction = "__bpf_trap"

  /// The kfunc that ends a program, since Linux 6.7.
  package static let throwFunction = "bpf_throw"

  /// The C declaration that puts a symbol of every Swift module into a section that is removed.
  static let unusedSymbol =
    "__attribute__((nodebug, section(\".swift\"))) char _swift_exceptionPersonality;"
}

extension KernelToolchain {
  /// A folder whose name replaces its path in line information.
  package struct Folder {
    package var name: String
    package var path: String

    package init(name: String, path: String) {
      (self.name, self.path) = (name, path)
    }
  }

  /// The options that all modules of a program share.
  package struct SwiftOptions {
    /// Whether overflows, indices and unwraps are checked.
    package var isChecked: Bool
    /// The folders of C modules, and of compiled Swift modules.
    package var imports: [String]
    /// The folders of C headers that the C modules include.
    package var headers: [String]
    /// The folders of the sources.
    package var folders: [Folder]
    /// The folder where the compiler keeps the C modules it has read.
    package var cache: String
    /// Further options.
    package var others: [String]

    package init(
      isChecked: Bool, imports: [String], headers: [String], folders: [Folder], cache: String,
      others: [String]
    ) {
      (self.isChecked, self.imports, self.headers) = (isChecked, imports, headers)
      (self.folders, self.cache, self.others) = (folders, cache, others)
    }

    fileprivate var arguments: [String] {
      [
        // SwiftPM compiles the sources too, for the host, and shows warnings then.
        "-suppress-warnings", "-target", swiftTarget, "-enable-experimental-feature", "Embedded",
        "-swift-version", "6", "-wmo",
        "-parse-as-library", isChecked ? "-O" : "-Ounchecked",
        // Classes and closures that escape are errors, not calls of an allocator.
        "-no-allocations",
        "-Xfrontend", "-disable-stack-protector", "-Xfrontend", "-disable-llvm-optzns",
        // More than line tables would give BTF that the kernel rejects.
        "-gline-tables-only", "-file-compilation-dir", ".", "-module-cache-path", cache,
      ] + imports.flatMap { ["-I", $0] } + headers.flatMap { ["-Xcc", "-I\($0)"] }
        + folders.flatMap { ["-debug-prefix-map", "\($0.path)=\($0.name)"] } + others
    }
  }

  /// Returns the arguments of `swiftc` that compile a module to import: `NAME.swiftmodule` in a folder, with the
  /// description of its types, `NAME.symbols.json`.
  package static func swiftModule(
    _ name: String, _ sources: [String], to folder: String, _ options: SwiftOptions
  ) -> [String] {
    options.arguments + [
      "-module-name", name, "-emit-module", "-emit-module-path", "\(folder)/\(name).swiftmodule",
      "-emit-symbol-graph", "-emit-symbol-graph-dir", folder, "-symbol-graph-minimum-access-level", "private",
    ] + sources
  }

  /// Returns the arguments of `swiftc` that compile a module to bitcode, and describe its types as ``swiftModule`` does.
  package static func bitcode(
    _ name: String, _ sources: [String], to bitcode: String, in folder: String, _ options: SwiftOptions
  ) -> [String] {
    swiftModule(name, sources, to: folder, options) + ["-emit-bc", "-o", bitcode]
  }

  /// Returns the arguments of `clang` that compile bitcode for the machine that Swift compiled it for. The object has the
  /// programs, and the maps and variables with their initial values; it is only read.
  package static func description(of bitcode: String, to object: String) -> [String] {
    ["-target", swiftTarget, "-x", "ir", "-c", "-O0", "-Xclang", "-disable-llvm-passes", "-w"]
      + [bitcode, "-o", object]
  }

  /// Returns the arguments of `clang` that write bitcode as text.
  package static func text(of bitcode: String, to text: String) -> [String] {
    ["-target", swiftTarget, "-x", "ir", "-S", "-emit-llvm", "-O0", "-Xclang", "-disable-llvm-passes", "-w"]
      + [bitcode, "-o", text]
  }

  /// Returns the arguments of `clang` that make bitcode of its text.
  package static func bitcode(ofText text: String, to bitcode: String) -> [String] {
    ["-target", swiftTarget, "-x", "ir", "-c", "-emit-llvm", "-O0", "-Xclang", "-disable-llvm-passes", "-w"]
      + [text, "-o", bitcode]
  }
}

// MARK: - Traps in bitcode

extension KernelToolchain {
  /// Whether a line of bitcode as text is the trap that the Swift compiler makes.
  static func isTrap(_ line: Substring) -> Bool {
    line.hasPrefix("  call void @llvm.trap()") || line.hasPrefix("  call void @llvm.ubsantrap(")
  }

  /// Returns the lines that end a program with a number, instead of a trap.
  ///
  /// The call does not return. The verifier requires that a function ends with `exit` nevertheless, and then removes it.
  ///
  /// - Parameter node: the metadata node of the location; empty if there is none.
  static func throwing(_ number: Int, atNode node: Substring) -> String {
    let location = node.isEmpty ? "" : ", !dbg !\(node)"
    return "  call void @\(throwFunction)(i64 \(number))\(location)\n"
      + "  call void asm sideeffect \"exit\", \"\"() noreturn\(location)"
  }

  /// The declaration in bitcode as text of what ``throwing(_:atNode:)`` calls. C has the one with its type.
  static let throwDeclaration = "\ndeclare void @\(throwFunction)(i64)\n"
}

// MARK: - C

extension KernelToolchain {
  /// The options that every BPF program is compiled with: `Headers/clang-bpf.options`.
  private static let clangOptions = String(decoding: PackageResources.clang_bpf_options, as: UTF8.self)
    .split(whereSeparator: \.isWhitespace).map(String.init)

  /// The options of clang for BPF.
  package struct COptions {
    package var headers: [String]
    /// The architecture of register layouts, as the headers name it.
    package var architecture: String
    package var folders: [Folder]
    /// Further options, which replace earlier ones.
    package var others: [String]

    package init(headers: [String], architecture: String, folders: [Folder], others: [String]) {
      (self.headers, self.architecture, self.folders, self.others) = (headers, architecture, folders, others)
    }

    fileprivate var arguments: [String] {
      KernelToolchain.clangOptions + [
        "-D__TARGET_ARCH_\(architecture)",
        // A crash of the back end writes no files.
        "-fdebug-compilation-dir=.", "-fno-crash-diagnostics",
      ] + headers.map { "-I\($0)" } + folders.map { "-fdebug-prefix-map=\($0.path)=\($0.name)" } + others
    }
  }

  /// Returns the arguments of `clang` that compile a C source to bitcode for BPF, not yet optimized.
  ///
  /// - Parameter warns: whether the source is the user's.
  package static func bodies(
    _ source: String, to bitcode: String, warns: Bool, _ options: COptions
  ) -> [String] {
    [warns ? "-Wall" : "-w"] + options.arguments
      + ["-c", "-emit-llvm", "-Xclang", "-disable-llvm-passes", source, "-o", bitcode]
  }

  /// Returns the arguments of `clang` that compile a C source for BPF together with bitcode.
  ///
  /// - Parameters:
  ///   - whole: bitcode of which everything is kept.
  ///   - needed: bitcode of which only what is used is kept.
  package static func object(
    _ source: String, whole: [String], needed: [String], to object: String, _ options: COptions
  ) -> [String] {
    options.arguments
      + ["-c", source, "-Wno-override-module", "-Wno-linker-warnings"]
      + whole.flatMap { ["-Xclang", "-mlink-bitcode-file", "-Xclang", $0] }
      + needed.flatMap { ["-Xclang", "-mlink-builtin-bitcode", "-Xclang", $0] }
      + ["-o", object]
  }

  /// Returns the arguments of `llvm-objcopy` that replace an object's BTF and remove debug information.
  package static func finished(_ object: String, btf: String, to finished: String) -> [String] {
    ["--strip-debug", "--update-section", ".BTF=\(btf)"] + unusedSections.flatMap { ["-R", $0] }
      + [object, finished]
  }
}
