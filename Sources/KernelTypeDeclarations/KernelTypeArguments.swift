//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

// The arguments of tracepoints and functions, as the kernel's BTF has them.

extension KernelTypeWriter {
  /// An argument of a tracepoint or function.
  private struct Argument {
    var name: String
    var cName: String
    var type: BTFType
  }

  /// Writes the arguments of a tracepoint, for programs of the section `tp_btf/NAME`.
  mutating func writeTracepoint(_ name: String) throws(BPFError) {
    // The first parameter is the tracepoint's own.
    let arguments = try names.tracepoint(name).dropFirst()
    writeArguments(
      name, "The arguments of the tracepoint `\(name)`, section `tp_btf/\(name)`.",
      Array(arguments), result: nil)
  }

  /// Writes the arguments of a kernel function, for programs of the sections `fentry/NAME` and `fexit/NAME`.
  mutating func writeFunction(_ name: String) throws(BPFError) {
    let prototype = try names.function(name)
    writeArguments(
      name, "The arguments of the function `\(name)`, sections `fentry/\(name)` and `fexit/\(name)`.",
      prototype.parameters.map { ($0.name, $0.type) }, result: prototype.target)
  }

  private mutating func writeArguments(
    _ name: String, _ comment: String, _ parameters: [(name: String, type: BTFType)], result: BTFType?
  ) {
    let typeName = scope.claim(SwiftName.type(name))
    var scope = NameScope(reserved: ["argument", "init", "pointer", "result", "self"])
    let arguments = parameters.enumerated().map { index, parameter in
      let name = parameter.name.isEmpty ? "argument\(index)" : parameter.name
      return Argument(name: scope.claim(SwiftName.member(name)), cName: parameter.name, type: parameter.type)
    }
    let values = arguments.enumerated().compactMap { index, argument in
      value(index, argument.type).map { (argument, $0) }
    }
    let resultValue = result.flatMap { value(arguments.count, $0) }
    edit { source in
      source.gap()
      source.line("/// \(comment.forComment)")
      source.block("@safe struct \(typeName): ArgumentContext") { source in
        KernelTypeWriter.writePointer(of: "ArgumentContext", to: &source)
        for (argument, value) in values {
          source.gap()
          source.line("/// `\(argument.cName.forComment)`")
          source.line(
            "@inline(__always) var \(SwiftName.escaped(argument.name)): \(value.type) { \(value.expression) }"
          )
        }
        if let resultValue {
          source.gap()
          source.line("/// The result of the function. Only programs of `fexit` may read it.")
          source.line("@inline(__always) var result: \(resultValue.type) { \(resultValue.expression) }")
        }
      }
    }
  }

  /// The Swift type and value of the argument at an index; nil for a structure, which takes several words.
  private func value(_ index: Int, _ type: BTFType) -> (type: String, expression: String)? {
    guard let bare = type.unmodified, let form = KernelTypeForm(scalar: bare) else { return nil }
    let word = "argument(\(index))"
    if bare.kind == .pointer {
      let structure = bare.target?.unmodified.flatMap { structures[$0.name] }
      return structure.map { ($0, "\($0)(address: \(word))") } ?? ("UInt64", word)
    }
    if form == .boolean { return ("Bool", "\(word) & 0xff != 0") }
    return (form.swiftName, "\(form.swiftName)(truncatingIfNeeded: \(word))")
  }
}
