//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

extension BTFType {
  /// The type's name in C: `struct event`, `__u32`, `char[16]`; without qualifiers such as `const`.
  var cName: String {
    var (type, stars, dimensions) = (self, "", "")
    // The limit ends the loop for malformed types that refer to themselves.
    for _ in 0..<64 {
      guard type.kind != .typedef, let target = type.target else { break }
      if type.kind == .pointer { stars += "*" }
      if type.kind == .array { dimensions += "[\(type.elementCount)]" }
      type = target
    }
    return type.plainName + (stars.isEmpty ? "" : " \(stars)") + dimensions
  }

  private var plainName: String {
    switch kind {
    case .structure, .union, .enumeration: "\(kind) \(name.isEmpty ? "{…}" : name)"
    case .enumeration64: "enum \(name.isEmpty ? "{…}" : name)"
    default: name.isEmpty ? "\(kind)" : name
    }
  }
}
