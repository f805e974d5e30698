//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFTypes {
  /// The functions of the kernel that programs may call (kfuncs), ascending by name.
  ///
  /// The kernel's build marks each with a declaration tag, `bpf_kfunc`. Which programs may call one, the verifier decides.
  /// Of several functions with one name the first is returned, as it is by ``find(_:named:)``. Each access goes through
  /// all types once.
  ///
  /// Kernels before Linux 6.11, or built with pahole before 1.26, have kfuncs but mark none: then this is empty.
  public var kfuncs: [BTFType] {
    var names: Set<String> = []
    let named = functions(tagged: "bpf_kfunc").filter { names.insert($0.name).inserted }
    return named.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// The functions that carry a declaration tag, those of the base first.
  func functions(tagged tag: String) -> [BTFType] {
    let own = ids(of: .declarationTag).compactMap { id -> BTFType? in
      guard let note = self[id], note.componentIndex == nil, note.name == tag,
        let function = note.target, function.kind == .function
      else { return nil }
      return function
    }
    return (base?.functions(tagged: tag) ?? []) + own
  }
}
