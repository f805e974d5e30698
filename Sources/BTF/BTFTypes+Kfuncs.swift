//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFTypes {
  /// The kfuncs: kernel functions that programs may call, ascending by name.
  ///
  /// The kernel's build marks each with the declaration tag `bpf_kfunc`. The verifier decides which programs may call
  /// one. Of several functions with one name this returns the first, as ``find(_:named:)`` does. Each access makes one
  /// pass over all types.
  ///
  /// Kernels before Linux 6.11, or built with pahole before 1.26, have kfuncs but do not mark them: for these the array
  /// is empty.
  public var kfuncs: [BTFType] {
    var names: Set<String> = []
    let named = functions(tagged: "bpf_kfunc").filter { names.insert($0.name).inserted }
    return named.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Returns the functions with a declaration tag, those of the base first.
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
