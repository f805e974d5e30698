//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a Swift type consists of.
enum SwiftTypeLayoutShape: Hashable, Sendable {
  /// A number, a pointer, or a structure that the kernel finds by its name.
  case scalar(Scalar)
  /// Elements one after the other, each at a multiple of the stride.
  case array(of: SwiftTypeLayoutName, count: Int)
  /// The stored properties of a structure, or the elements of a tuple.
  case fields([SwiftTypeLayoutMembers.Field])
  /// The cases of an enumeration without payloads. The memory holds the index of the case, also if there are raw values.
  case cases([String])
  /// A type whose parts are not known, such as an enumeration with payloads.
  case bytes

  /// A type of C.
  struct Scalar: Hashable, Sendable {
    /// The name in C.
    var name: String
    var size: Int
    var alignment: Int
    /// The declaration that defines the name; empty for the types of the language.
    var definition = ""
  }
}

/// The Swift types whose layouts are wanted, with all types that they contain.
package struct SwiftTypeLayoutPlan: Sendable {
  /// Each type after those that it contains.
  private(set) var types: [(name: SwiftTypeLayoutName, shape: SwiftTypeLayoutShape)] = []
  private var shapes: [SwiftTypeLayoutName: SwiftTypeLayoutShape] = [:]
  private let members: SwiftTypeLayoutMembers
  let module: String
  /// The modules that the kernel module imports: the compiler hides the parts of types of others.
  let imports: [String]

  /// The maximum nesting of types.
  private static let maximumDepth = 64

  /// - Parameters:
  ///   - types: the texts of the types, as the demangler writes them: the keys and values of maps, ring records and variables.
  ///   - module: the name of the kernel module.
  ///   - imports: the modules that it imports, and those of C headers whose types are among those of the kernel module.
  ///   - members: the members of the types that the module and its imports declare. Those of BPFKernel and NetworkTypes are
  ///     known without.
  package init(
    _ types: [String], module: String, imports: [String] = [], _ members: SwiftTypeLayoutMembers
  ) throws(SwiftTypeLayoutError) {
    (self.members, self.module, self.imports) = (members, module, imports)
    for text in types { try add(SwiftTypeLayoutName(text), in: text, depth: 0) }
  }

  func shape(of type: SwiftTypeLayoutName) -> SwiftTypeLayoutShape { shapes[type] ?? .bytes }

  /// Returns whether the compiler tells the offset of a field. It gives no address of constants, and of the fields of other
  /// modules and of types of C only where it sees their declarations.
  func isMeasured(_ field: SwiftTypeLayoutMembers.Field, of type: SwiftTypeLayoutName) -> Bool {
    !field.isConstant && (type.module.isEmpty || type.module == module) && !field.type.modules.contains("__C")
  }

  private mutating func add(
    _ type: SwiftTypeLayoutName, in text: String, depth: Int
  ) throws(SwiftTypeLayoutError) {
    guard shapes[type] == nil else { return }
    guard depth < SwiftTypeLayoutPlan.maximumDepth else {
      throw SwiftTypeLayoutError("the type \(text) is nested too deeply for a map")
    }
    if case .other(let part) = type {
      throw SwiftTypeLayoutError(
        "the type \(text) cannot be in a map or record: it contains '\(part)', which means nothing outside the program"
      )
    }
    let shape = newShape(of: type)
    switch shape {
    case .array(let element, _): try add(element, in: text, depth: depth + 1)
    case .fields(let fields):
      for field in fields { try add(field.type, in: text, depth: depth + 1) }
    case .scalar, .cases, .bytes: break
    }
    shapes[type] = shape
    types.append((type, shape))
  }
}

// MARK: - Shapes

extension SwiftTypeLayoutPlan {
  private func newShape(of type: SwiftTypeLayoutName) -> SwiftTypeLayoutShape {
    if let scalar = SwiftTypeLayoutShape.Scalar(type) { return .scalar(scalar) }
    switch type {
    case .tuple(let elements): return shape(ofTuple: elements)
    case .nominal:
      let arguments = type.arguments
      if type.path == "Swift.InlineArray", arguments.count == 2, case .integer(let count) = arguments[0] {
        return .array(of: arguments[1], count: count)
      }
      if type.path == "Synchronization.Atomic", let value = arguments.first { return newShape(of: value) }
      if type.path == "BPFKernel.SpinLocked", let value = arguments.first {
        return shape(of: SwiftTypeLayoutPlan.locked(value), substituting: [:])
      }
      if let fields = members.fields[type.path] { return shape(of: fields, substituting: type.substitutions) }
      if let cases = members.cases[type.path], !cases.contains(where: { $0.contains("(") }) {
        return .cases(cases)
      }
      return .bytes
    case .integer, .other: return .bytes
    }
  }

  /// The fields of `BPFKernel.SpinLocked`.
  private static func locked(_ value: SwiftTypeLayoutName) -> [SwiftTypeLayoutMembers.Field] {
    [
      SwiftTypeLayoutMembers.Field("lock", SwiftTypeLayoutName("__C.bpf_spin_lock")),
      SwiftTypeLayoutMembers.Field("value", value),
    ]
  }

  private func shape(ofTuple elements: [SwiftTypeLayoutName.Element]) -> SwiftTypeLayoutShape {
    // Equal numbers without labels are how Swift imports an array of C.
    if let first = elements.first, elements.count > 1,
      elements.allSatisfy({ $0 == first && $0.label.isEmpty }),
      SwiftTypeLayoutShape.Scalar(first.type) != nil
    {
      return .array(of: first.type, count: elements.count)
    }
    return .fields(
      elements.enumerated().map { index, element in
        SwiftTypeLayoutMembers.Field(element.label.isEmpty ? "\(index)" : element.label, element.type)
      })
  }

  private func shape(
    of fields: [SwiftTypeLayoutMembers.Field], substituting arguments: [String: SwiftTypeLayoutName]
  ) -> SwiftTypeLayoutShape {
    let fields = fields.map { field in
      var field = field
      field.type = field.type.substituting(arguments)
      return field
    }
    // The kernel finds locks and timers by the names of their types, older ones only in the outermost structure.
    if fields.count == 1, let scalar = SwiftTypeLayoutShape.Scalar(fields[0].type), !scalar.definition.isEmpty
    {
      return .scalar(scalar)
    }
    return .fields(fields)
  }
}

// MARK: - Scalars

extension SwiftTypeLayoutShape.Scalar {
  /// Returns nil if the type is not a number, a pointer, or one of the kernel's structures.
  init?(_ type: SwiftTypeLayoutName) {
    let path = type.path
    if let scalar = Self.numbers[path] ?? Self.kernelStructures[path] ?? Self.network(type) {
      self = scalar
    } else if Self.pointers.contains(path)
      || (path == "Swift.Optional" && type.arguments.first.map(Self.isPointer) == true)
    {
      self.init(name: "void *", size: 8, alignment: 8)
    } else {
      return nil
    }
  }

  private static func isPointer(_ type: SwiftTypeLayoutName) -> Bool { pointers.contains(type.path) }

  private static let pointers: Set = [
    "Swift.UnsafeRawPointer", "Swift.UnsafeMutableRawPointer", "Swift.UnsafePointer",
    "Swift.UnsafeMutablePointer",
    "Swift.OpaquePointer",
  ]

  private static let numbers: [String: Self] = [
    "Swift.Bool": number("_Bool", 1), "Swift.UInt8": number("unsigned char", 1),
    "Swift.Int8": number("signed char", 1), "Swift.UInt16": number("unsigned short", 2),
    "Swift.Int16": number("short", 2), "Swift.UInt32": number("unsigned int", 4),
    "Swift.Int32": number("int", 4), "Swift.UInt64": number("unsigned long long", 8),
    "Swift.Int64": number("long long", 8), "Swift.UInt": number("unsigned long", 8),
    "Swift.Int": number("long", 8),
    "Swift.UInt128": number("unsigned __int128", 16), "Swift.Int128": number("__int128", 16),
  ]

  private static func number(_ name: String, _ size: Int) -> Self {
    Self(name: name, size: size, alignment: size)
  }

  /// Numbers in network byte order and addresses, under the names by which the library knows them.
  private static func network(_ type: SwiftTypeLayoutName) -> Self? {
    switch type.path {
    case "NetworkTypes.BigEndian":
      guard let number = type.arguments.first.flatMap({ numbers[$0.path] }) else { return nil }
      let name = "__be\(number.size * 8)"
      return Self(
        name: name, size: number.size, alignment: number.size, definition: "typedef \(number.name) \(name);")
    case "NetworkTypes.IPv4Address":
      return Self(
        name: "bpf_ipv4_addr", size: 4, alignment: 4,
        definition: "typedef unsigned int __be32;\ntypedef __be32 bpf_ipv4_addr;")
    case "NetworkTypes.IPv6Address":
      return Self(
        name: "bpf_ipv6_addr", size: 16, alignment: 4,
        definition: "typedef unsigned int __be32;\ntypedef __be32 bpf_ipv6_addr[4];")
    default: return nil
    }
  }

  /// The structures that the kernel finds in values by their names, with their words.
  private static let kernelStructures: [String: Self] = {
    var structures: [String: Self] = [:]
    for (name, words) in [
      ("bpf_timer", 2), ("bpf_wq", 2), ("bpf_list_head", 2), ("bpf_list_node", 3), ("bpf_rb_root", 2),
      ("bpf_rb_node", 4), ("bpf_dynptr", 2),
    ] {
      structures["__C.\(name)"] = Self(
        name: "struct \(name)", size: 8 * words, alignment: 8,
        definition: "struct \(name) { unsigned long long __opaque[\(words)]; };")
    }
    structures["BPFKernel.Timer"] = structures["__C.bpf_timer"]
    for (name, member) in [("bpf_spin_lock", "val"), ("bpf_refcount", "__opaque[1]")] {
      structures["__C.\(name)"] = Self(
        name: "struct \(name)", size: 4, alignment: 4,
        definition: "struct \(name) { unsigned int \(member); };")
    }
    return structures
  }()
}
