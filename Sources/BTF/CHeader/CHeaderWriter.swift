//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFTypes {
  /// Returns all types as a C header: for the running kernel, a vmlinux.h.
  ///
  /// It compiles on its own, as C11 with GNU extensions, and lays out structures as the kernel does. Types follow those
  /// that they depend on. If the kernel has several types of one name, the second is called `name___2`, and so on. The
  /// same applies to enumerators. Structures have the attribute that makes accesses relocatable (CO-RE), if the
  /// compiler supports it.
  ///
  /// The types are followed by the prototypes of the ``kfuncs``. They are weak, so a program that uses one loads on
  /// kernels without it. A program that declares them itself, with other types, defines `BPF_NO_KFUNC_PROTOTYPES`
  /// before it includes the header.
  ///
  /// Malformed types may have no finite representation. The header is limited to one megabyte plus 16 times the size of
  /// the types; beyond that it ends with an `#error`.
  ///
  /// - Parameter guardName: the name of the include guard.
  public func cHeader(guardName: String = "__VMLINUX_H__") -> String {
    var writer = CHeaderWriter(self)
    writer.writeAll()
    writer.writeKfuncs()
    return """
      #ifndef \(guardName)
      #define \(guardName)

      #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
      #pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
      #endif

      \(writer.output)\(writer.isTruncated ? CHeaderWriter.truncationError : "")
      #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
      #pragma clang attribute pop
      #endif

      #endif /* \(guardName) */

      """
  }
}

/// Writes types as C, each after those that it depends on.
///
/// Forward declarations of structures and all enumerations come first, since they depend on nothing. The members of a
/// structure must then be complete before it, and typedefs declared before their use.
struct CHeaderWriter {
  let types: BTFTypes
  var output = ""
  var names: CNames

  /// The alignments of structures, by id, computed so far.
  var alignments: [Int: Int?] = [:]

  /// The nesting depth of the current declaration.
  var depth = 0

  /// Whether output was omitted because of a limit.
  var isTruncated = false

  /// The number of bytes that may still be written.
  private var remainingByteCount: Int

  private var isDone: [Bool]
  private var isBegun: [Bool]
  /// Whether a type's dependencies were visited, once for its name and once for its definition.
  private var isRequired: [Bool]
  private var requirementDepth = 0

  /// The maximum length of a dependency chain. Those of the kernel's structures have a few dozen types.
  private static let maximumRequirementDepth = 512

  static let truncationError = """
    #error "These types are malformed or too large, and this header is incomplete."

    """

  init(_ types: BTFTypes) {
    self.types = types
    names = CNames()
    isDone = [Bool](repeating: false, count: types.endID)
    isBegun = isDone
    isRequired = isDone + isDone
    var byteCount = 0
    var next: BTFTypes? = types
    while let object = next {
      byteCount += object.bytes.types.count + object.bytes.strings.count
      next = object.base
    }
    remainingByteCount = 1 << 20 + 16 * byteCount
  }

  /// Reserves output; returns false if the limit is exceeded.
  mutating func reserve(_ byteCount: Int) -> Bool {
    if byteCount > remainingByteCount { isTruncated = true }
    guard !isTruncated else { return false }
    remainingByteCount -= byteCount
    return true
  }

  mutating func write(_ text: String) {
    if reserve(text.utf8.count) { output += text }
  }

  mutating func writeAll() {
    let all = types.lazy
    // Structures take precedence over enumerations of the same name, since relocations of accesses go by name.
    for type in all where !isTruncated {
      switch type.kind {
      case .forward: write("\(type.isForwardOfUnion ? "union" : "struct") \(type.name);\n")
      case .structure, .union: if !type.name.isEmpty { write("\(typeName(type));\n") }
      default: break
      }
    }
    output += "\n"
    for type in all where type.kind == .enumeration || type.kind == .enumeration64 { writeEnumeration(type) }
    for type in all where !isTruncated {
      switch type.kind {
      case .typedef: require(type, isComplete: false)
      case .structure, .union: if !type.name.isEmpty { require(type, isComplete: true) }
      default: break
      }
    }
  }

  // MARK: - Dependencies

  /// Writes the types that a type depends on, to be named or, if `isComplete`, to be defined.
  mutating func require(_ type: BTFType, isComplete: Bool) {
    let index = type.id * 2 + (isComplete ? 1 : 0)
    guard !isRequired[index] else { return }
    isRequired[index] = true
    guard requirementDepth < CHeaderWriter.maximumRequirementDepth else {
      isTruncated = true
      return
    }
    requirementDepth += 1
    defer { requirementDepth -= 1 }
    switch type.kind {
    case .pointer: if let target = type.target { require(target, isComplete: false) }
    case .const, .volatile, .restrict, .typeTag:
      if let target = type.target { require(target, isComplete: isComplete) }
    // Elements of an array must be complete even if they are not accessed.
    case .array: if let target = type.target { require(target, isComplete: true) }
    case .functionPrototype:
      if let target = type.target { require(target, isComplete: false) }
      for parameter in type.parameters { require(parameter.type, isComplete: false) }
    case .typedef: requireTypedef(type, isComplete: isComplete)
    case .structure, .union: if isComplete || type.name.isEmpty { requireStructure(type) }
    default: break
    }
  }

  private mutating func requireTypedef(_ type: BTFType, isComplete: Bool) {
    guard let target = type.target else { return }
    if !isBegun[type.id] {
      isBegun[type.id] = true
      require(target, isComplete: false)
      // The compiler predefines this one.
      if type.name != "__builtin_va_list" {
        write("typedef \(declaration(of: target, named: typeName(type)));\n\n")
      }
    }
    if isComplete { require(target, isComplete: true) }
  }

  private mutating func requireStructure(_ type: BTFType) {
    guard !isDone[type.id], !isBegun[type.id] else { return }
    isBegun[type.id] = true
    for member in type.members { require(member.type, isComplete: true) }
    isDone[type.id] = true
    // Anonymous structures are written where they are used.
    if !type.name.isEmpty { write("\(definition(of: type, indent: ""));\n\n") }
  }

  // MARK: - Enumerations

  private mutating func writeEnumeration(_ type: BTFType) {
    guard !type.enumerators.isEmpty else { return }
    write(type.name.isEmpty ? "enum {\n" : "\(typeName(type)) {\n")
    for enumerator in type.enumerators where !isTruncated {
      let suffix = type.kind == .enumeration64 ? (type.isSignedEnumeration ? "LL" : "ULL") : ""
      write("\t\(names.ordinary(enumerator.name)) = \(CHeaderWriter.literal(enumerator.value, suffix)),\n")
    }
    let size = type.byteCount ?? 4
    // C needs an attribute for these sizes.
    write(size < 4 ? "} __attribute__((mode(\(size == 1 ? "byte" : "HI"))));\n\n" : "};\n\n")
  }

  /// Returns a number in C syntax. The minimum of 64 bits has no literal.
  private static func literal(_ value: Int128, _ suffix: String) -> String {
    value == Int128(Int64.min) ? "(-9223372036854775807LL - 1)" : "\(value)\(suffix)"
  }
}

// MARK: - Names

/// The names assigned so far. C has one namespace for tags (`struct`, `union` and `enum`), and one for other names.
struct CNames {
  private var tags: [String: Int] = [:]
  private var ordinaries: [String: Int] = [:]
  private var assigned: [Int: String] = [:]

  /// Returns the unique name of a type.
  mutating func name(of type: BTFType) -> String {
    if let name = assigned[type.id] { return name }
    let name = type.kind == .typedef ? ordinary(type.name) : CNames.next(type.name, in: &tags)
    assigned[type.id] = name
    return name
  }

  /// Returns a unique name outside the tag namespace.
  mutating func ordinary(_ name: String) -> String { CNames.next(name, in: &ordinaries) }

  private static func next(_ name: String, in space: inout [String: Int]) -> String {
    let count = space[name, default: 0] + 1
    space[name] = count
    return count == 1 ? name : "\(name)___\(count)"
  }
}
