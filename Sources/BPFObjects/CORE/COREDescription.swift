//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BTF

extension CORERelocation {
  /// Returns a description for messages, such as
  /// `<byte_off> struct task_struct.thread_info.flags (0:0:0 @ offset 0)`.
  ///
  /// An invalid access path is described as far as it resolves.
  ///
  /// - Parameter local: the object's own BTF.
  package func description(in local: BTFTypes) -> String {
    "<\(kind.label)> \(subject(in: local))"
  }

  /// Returns a noun phrase for the subject of the relocation, which begins a sentence in messages.
  func noun(in local: BTFTypes) -> String {
    switch kind.subject {
    case .field: "the field \(subject(in: local))"
    case .enumerator: "the enumerator \(subject(in: local))"
    case .type: subject(in: local)
    }
  }

  /// Returns a short description, for errors about invalid access paths.
  func briefDescription(in local: BTFTypes) -> String {
    let type = local[typeID]?.briefDescription ?? "type \(typeID)"
    return "<\(kind.label)> \(type)" + (kind.subject == .type && access == "0" ? "" : " ('\(access)')")
  }

  private func subject(in local: BTFTypes) -> String {
    guard let path = try? COREPath(self, in: local) else {
      return "\(local[typeID]?.briefDescription ?? "type \(typeID)") ('\(access)')"
    }
    return path.description
  }
}

extension COREPath: CustomStringConvertible {
  /// The path in C notation: `struct sock.__sk_common.skc_rcv_saddr (0:0:0:1 @ offset 4)`.
  var description: String {
    var text = root.briefDescription
    for (depth, step) in steps.enumerated() {
      switch step {
      case .member(let holder, let index): text += ".\(holder.members.dropFirst(index).first?.name ?? "")"
      case .element(_, let index): if depth > 0 || index > 0 { text += "[\(index)]" }
      case .enumerator(let holder, let index):
        guard let enumerator = holder.enumerators.dropFirst(index).first else { continue }
        return text + ".\(enumerator.name) = \(enumerator.value)"
      }
    }
    guard !steps.isEmpty else { return text }
    let bits = bitOffset % 8 == 0 ? "" : " bit \(bitOffset % 8)"
    return text + " (\(indices.map(String.init).joined(separator: ":")) @ offset \(bitOffset / 8)\(bits))"
  }
}

extension BTFType {
  /// A short description of the type: `struct sock`, `unsigned int`, `a pointer`.
  var briefDescription: String {
    switch kind {
    case .pointer: "a pointer"
    case .array: "an array of \(elementCount)"
    case .functionPrototype: "a function"
    case .int, .float, .void, .typedef: name
    case .enumeration64: name.isEmpty ? "a nameless enum" : "enum \(name)"
    case .forward: "\(isForwardOfUnion ? "union" : "struct") \(name), declared only,"
    case .const, .volatile, .restrict, .typeTag: "a \(kind) type"
    default: name.isEmpty ? "a nameless \(kind)" : "\(kind) \(name)"
    }
  }
}
