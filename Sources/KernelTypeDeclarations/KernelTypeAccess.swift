//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An access to a type of the kernel that is relocated when the program is loaded (CO-RE).
///
/// Swift declares a function for it without a body. The function's symbol says everything about the access, such as
/// `bpf_core.load.i32.struct.task_struct.tgid`, and `KernelTypeBodies` makes the body in C, which clang compiles for BPF: Swift
/// cannot express a relocated access, and so cannot read at an offset that is not relocated.
package struct KernelTypeAccess: Hashable, Sendable {
  package enum Operation: String, Sendable {
    /// Reads a member of a structure at an address that the verifier knows.
    case load
    /// Reads a member at any address, with `bpf_probe_read_kernel`.
    case read
    /// Copies an array out of a structure at any address.
    case copy
    /// Returns the address of a member.
    case address
    /// Returns the address of an element of an array of structures.
    case element
    /// Returns whether the kernel's type has the member.
    case member
    /// Returns whether the kernel has the type.
    case type
    /// Returns the value of an enumerator.
    case value
    /// Returns whether the kernel's enumeration has the enumerator.
    case enumerator
  }

  package var operation: Operation
  package var form: KernelTypeForm
  /// The keyword of the type in C: `struct`, `union` or `enum`.
  package var keyword: String
  /// The type's name.
  package var name: String
  /// The names of the members from the type to the one that is accessed, or of the enumerator.
  package var path: [String]

  /// The prefix of all symbols of accesses.
  package static let symbolPrefix = "bpf_core."

  /// The symbol of the function.
  package var symbol: String {
    KernelTypeAccess.symbolPrefix
      + ([operation.rawValue, form.text, keyword, name] + path).joined(separator: ".")
  }

  package init(
    _ operation: Operation, _ form: KernelTypeForm, _ keyword: String, _ name: String, _ path: [String]
  ) {
    (self.operation, self.form, self.keyword) = (operation, form, keyword)
    (self.name, self.path) = (name, path)
  }

  /// Returns nil for symbols of other functions.
  package init?(symbol: String) {
    guard symbol.hasPrefix(KernelTypeAccess.symbolPrefix) else { return nil }
    let parts = symbol.dropFirst(KernelTypeAccess.symbolPrefix.count).split(separator: ".").map(String.init)
    guard parts.count >= 4, let operation = Operation(rawValue: parts[0]), let form = KernelTypeForm(parts[1])
    else {
      return nil
    }
    self.init(operation, form, parts[2], parts[3], Array(parts[4...]))
  }
}

/// The form of a member: what the kernel's member must agree with to be found.
package enum KernelTypeForm: Hashable, Sendable {
  /// A number of 1, 2, 4 or 8 bytes.
  case integer(byteCount: Int, isSigned: Bool)
  case boolean
  case pointer
  case enumeration(byteCount: Int)
  case bits(isSigned: Bool)
  /// A structure or union.
  case record
  /// An array of numbers, pointers or structures.
  indirect case array(of: KernelTypeForm, count: Int)
  /// No member.
  case none

  var text: String {
    switch self {
    case .integer(let byteCount, let isSigned): "\(isSigned ? "i" : "u")\(byteCount * 8)"
    case .boolean: "bool"
    case .pointer: "pointer"
    case .enumeration(let byteCount): "enum\(byteCount * 8)"
    case .bits(let isSigned): isSigned ? "ibits" : "ubits"
    case .record: "record"
    case .array(let element, let count): "\(element.text)x\(count)"
    case .none: "none"
    }
  }

  init?(_ text: String) {
    switch text {
    case "bool": self = .boolean
    case "pointer": self = .pointer
    case "ubits": self = .bits(isSigned: false)
    case "ibits": self = .bits(isSigned: true)
    case "record": self = .record
    case "none": self = .none
    default:
      let array = text.split(separator: "x")
      if array.count == 2, let element = KernelTypeForm(String(array[0])), let count = Int(array[1]) {
        self = .array(of: element, count: count)
        return
      }
      let kind = text.prefix { $0.isLetter }
      guard let bits = Int(text.dropFirst(kind.count)), [8, 16, 32, 64].contains(bits) else { return nil }
      switch kind {
      case "u", "i": self = .integer(byteCount: bits / 8, isSigned: kind == "i")
      case "enum": self = .enumeration(byteCount: bits / 8)
      default: return nil
      }
    }
  }

  /// The Swift type of the values.
  var swiftName: String {
    switch self {
    case .integer(let byteCount, let isSigned): "\(isSigned ? "Int" : "UInt")\(byteCount * 8)"
    case .boolean: "Bool"
    case .pointer, .record, .none: "UInt64"
    case .enumeration(let byteCount): "UInt\(byteCount * 8)"
    case .bits(let isSigned): isSigned ? "Int64" : "UInt64"
    // Booleans are bytes, since the kernel's may have any value.
    case .array(.boolean, let count): "InlineArray<\(count), UInt8>"
    case .array(let element, let count): "InlineArray<\(count), \(element.swiftName)>"
    }
  }
}
