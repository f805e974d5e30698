//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

extension ObjectReader {
  /// Returns the exception callbacks by program name, from declaration tags (`__exception_cb`).
  ///
  /// Omits programs with several callbacks: the kernel rejects them.
  func exceptionCallbacks() -> [String: String] {
    guard let types else { return [:] }
    let prefix = "exception_callback:"
    var callbacks: [String: [String]] = [:]
    for id in types.ids(of: .declarationTag) {
      guard let tag = types[id], tag.componentIndex == nil,
        let function = tag.target, function.kind == .function
      else { continue }
      let name = tag.name
      guard name.hasPrefix(prefix) else { continue }
      callbacks[function.name, default: []].append(String(name.dropFirst(prefix.count)))
    }
    return callbacks.compactMapValues { $0.count == 1 ? $0.first : nil }
  }
}
