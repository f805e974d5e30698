//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension CHeaderWriter {
  /// Writes the prototypes of the functions that programs may call.
  ///
  /// A function whose name a typedef or an enumerator has already is called `name___2`: the loader ignores what follows
  /// three underscores.
  mutating func writeKfuncs() {
    let kfuncs = types.kfuncs
    guard !kfuncs.isEmpty, !isCutOff else { return }
    let fastcalls = Set(types.functions(tagged: "bpf_fastcall").map(\.id))
    output += CHeaderWriter.kfuncMacros
    for function in kfuncs where !isCutOff {
      guard let prototype = function.target, prototype.kind == .functionPrototype else { continue }
      require(prototype, isComplete: false)
      let name = names.ordinary(function.name)
      let attribute = fastcalls.contains(function.id) ? "__bpf_fastcall " : ""
      write("extern \(attribute)\(declaration(of: prototype, named: name)) __weak __ksym;\n")
    }
    output += CHeaderWriter.kfuncEnd
  }

  /// The macros are those of <bpf/bpf_helpers.h>, word for word, so that either may be included first.
  private static let kfuncMacros = """
    /* Functions of the kernel that programs may call (kfuncs). */
    #ifndef BPF_NO_KFUNC_PROTOTYPES
    #ifndef __ksym
    #define __ksym __attribute__((section(".ksyms")))
    #endif
    #ifndef __weak
    #define __weak __attribute__((weak))
    #endif
    #ifndef __bpf_fastcall
    #if __has_attribute(bpf_fastcall)
    #define __bpf_fastcall __attribute__((bpf_fastcall))
    #else
    #define __bpf_fastcall
    #endif
    #endif


    """

  private static let kfuncEnd = """
    #endif


    """
}
