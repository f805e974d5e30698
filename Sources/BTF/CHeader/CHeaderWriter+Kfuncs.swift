//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension CHeaderWriter {
  /// Writes the prototypes of the kfuncs.
  ///
  /// A kfunc with the name of a typedef or enumerator is called `name___2`: the loader ignores everything after
  /// three underscores.
  mutating func writeKfuncs() {
    let kfuncs = types.kfuncs
    guard !kfuncs.isEmpty, !isTruncated else { return }
    let fastcalls = Set(types.functions(tagged: "bpf_fastcall").map(\.id))
    output += CHeaderWriter.kfuncMacros
    for function in kfuncs where !isTruncated {
      guard let prototype = function.target, prototype.kind == .functionPrototype else { continue }
      require(prototype, isComplete: false)
      let name = names.ordinary(function.name)
      let attribute = fastcalls.contains(function.id) ? "__bpf_fastcall " : ""
      write("extern \(attribute)\(declaration(of: prototype, named: name)) __weak __ksym;\n")
    }
    output += CHeaderWriter.kfuncEnd
  }

  /// The macros are identical to those of <bpf/bpf_helpers.h>, so either may be included first.
  private static let kfuncMacros = """
    /* Kernel functions that programs may call (kfuncs). */
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
