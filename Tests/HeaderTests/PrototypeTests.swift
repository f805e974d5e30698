//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BTF
import KernelFixtures
import Testing

/// Compares `bpf_helper_defs.h` with the running kernel's types of its helpers.
@Suite("Prototypes of BPF helpers", .bpftool)
struct PrototypeTests {
  /// A helper's declaration in the header.
  struct Declaration {
    var name: String
    var parameters: [String]
    var result: String
    var number: Int
    var documentation: String?
  }

  /// Helpers with a last argument that the verifier passes instead of the program.
  static let hiddenArguments: Set = [
    "sk_storage_get", "inode_storage_get", "task_storage_get", "cgrp_storage_get", "timer_set_callback",
  ]

  let declarations: [Declaration]

  init() throws {
    let header = try HeaderFixture.header("bpf_helper_defs.h")
    var found: [Declaration] = []
    var comment: String?
    for line in header.replacing("(\n    ", with: "(").split(separator: "\n") {
      if line.hasPrefix("/// ") { comment = String(line.dropFirst(4)) }
      let pattern = /static (?:__bpf_fastcall )?(.*?)\(\*const bpf_(\w+)\)\((.*)\) = \(void \*\)(\d+);/
      guard let match = line.wholeMatch(of: pattern) else { continue }
      let parameters = match.3 == "void" ? [] : match.3.split(separator: ",").map { $0.trimmed }
      found.append(
        Declaration(
          name: String(match.2), parameters: parameters, result: match.1.trimmed,
          number: try #require(Int(match.4)), documentation: comment))
      comment = nil
    }
    declarations = found
  }

  @Test("Declares every helper of Linux 6.18 with its number and documentation")
  func numbers() throws {
    #expect(declarations.map(\.number) == Array(1...211))
    for declaration in declarations {
      let text = declaration.documentation ?? ""
      #expect(text.hasSuffix(".") && text.count > 10, "bpf_\(declaration.name)")
    }
    let identifiers = try #require(HeaderFixture.kernel.get().find(.enumeration, named: "bpf_func_id"))
    let known = Dictionary(uniqueKeysWithValues: identifiers.enumerators.map { ($0.name, Int($0.value)) })
    for declaration in declarations where declaration.number < known["__BPF_FUNC_MAX_ID", default: 0] {
      #expect(known["BPF_FUNC_\(declaration.name)"] == declaration.number, "bpf_\(declaration.name)")
    }
  }

  @Test("Parameters match the kernel's in number, and as pointers or in size")
  func prototypes() throws {
    let kernel = try HeaderFixture.kernel.get()
    var compared = 0
    for declaration in declarations {
      // The kernel's BTF has a typedef for the function type of most helpers.
      guard let pointer = kernel.find(.typedef, named: "btf_bpf_\(declaration.name)")?.unmodified,
        let function = pointer.target, function.kind == .functionPrototype
      else { continue }
      compared += 1
      let theirs = function.parameters.map { Self.shape(of: $0.type) }
      let ours = declaration.parameters.map(Self.shape(of:))
      if declaration.parameters.last == "..." {
        #expect(theirs.starts(with: ours.dropLast()), "bpf_\(declaration.name)")
      } else {
        let hidden = Self.hiddenArguments.contains(declaration.name) ? 1 : 0
        #expect(ours == theirs.dropLast(hidden), "bpf_\(declaration.name)")
      }
    }
    #expect(compared > 150)
  }

  @Test("A call compiles to the kernel's call of that number")
  func calls() throws {
    let calls = declarations.map { "  ((long (*)(void))bpf_\($0.name))();" }.joined(separator: "\n")
    let source = """
      #include <bpf/bpf_helpers.h>
      SEC("socket") int calls(void *context) {
      \(calls)
        return context != NULL;
      }
      """
    let assembly = try Toolchain.assembly(of: source, includePaths: [HeaderFixture.headers])
    let numbers = assembly.matches(of: /\tcall (\d+)\n/).compactMap { Int($0.1) }
    #expect(numbers == declarations.map(\.number))
  }

  /// Returns `*` for a pointer, or the size of a number in bytes.
  static func shape(of parameter: String) -> String {
    if parameter.contains("*") { return "*" }
    let words = parameter.split(separator: " ")
    return switch words.dropLast().joined(separator: " ") {
    case "__u32", "__s32", "int", "__be32", "__wsum": "4"
    case "__u64", "__s64", "long", "unsigned long": "8"
    case "__u16", "__be16": "2"
    default: parameter
    }
  }

  static func shape(of type: BTFType) -> String {
    guard let type = type.unmodified else { return "" }
    return type.kind == .pointer ? "*" : type.byteCount.map(String.init) ?? ""
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
