//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFTypes {
  /// All types as a C header: of the running kernel, a vmlinux.h.
  ///
  /// It compiles on its own, in C as of 2011 with GNU extensions, and lays structures out as the kernel does. Types stand
  /// behind those they are made of. Where the kernel has several types of a name, as its files each may, the second is
  /// called `name___2`, and so on; likewise for names in enumerations. Structures carry the attribute that makes
  /// accesses to them relocatable (CO-RE), where the compiler has it.
  ///
  /// After the types come the prototypes of the functions that programs may call (``kfuncs``), weak, so that a program
  /// that uses one loads on kernels without it. A program that declares them itself, with other types, defines
  /// `BPF_NO_KFUNC_PROTOTYPES` before it includes the header.
  ///
  /// Types may be built in ways that no compiler does, so that there is no end to writing them down. Then the header ends
  /// with an `#error` that says so: it takes at most a megabyte and 16 times the bytes of the types.
  ///
  /// - Parameter guardName: the name of the macro that keeps the header from being read twice.
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

      \(writer.output)\(writer.isCutOff ? CHeaderWriter.cutOff : "")
      #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
      #pragma clang attribute pop
      #endif

      #endif /* \(guardName) */

      """
  }
}

/// Writes types as C, each after those it needs.
///
/// Structures with a name are all declared first, and enumerations defined, which need nothing. What is left to order
/// is that a structure's members must be complete, and other names of types declared before they are used.
struct CHeaderWriter {
  let types: BTFTypes
  var output = ""
  var names: CNames

  /// The alignments of structures that were looked into.
  var alignments: [Int: Int?] = [:]

  /// How deep the declaration is in others.
  var depth = 0

  /// Whether something was left out, as too much or too deep.
  var isCutOff = false

  /// How many bytes may still be written.
  private var room: Int

  private var isDone: [Bool]
  private var isBegun: [Bool]
  /// Whether it was begun to write what a type needs, to be spoken of and to be complete.
  private var isRequired: [Bool]
  private var requirementDepth = 0

  /// How deep types may need each other. A structure of the kernel comes to some dozens.
  private static let maximumRequirementDepth = 512

  static let cutOff = """
    #error "These types are built in a way that no compiler does, and are not all here."

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
    room = 1 << 20 + 16 * byteCount
  }

  /// Makes use of the room that there is; false if there is too little left.
  mutating func take(_ byteCount: Int) -> Bool {
    if byteCount > room { isCutOff = true }
    guard !isCutOff else { return false }
    room -= byteCount
    return true
  }

  mutating func write(_ text: String) {
    if take(text.utf8.count) { output += text }
  }

  mutating func writeAll() {
    let all = (1..<max(types.endID, 1)).lazy.compactMap { [types] in types[$0] }
    // Structures come first to names they share with enumerations: it is by name that accesses are relocated.
    for type in all where !isCutOff {
      switch type.kind {
      case .forward: write("\(type.isForwardOfUnion ? "union" : "struct") \(type.name);\n")
      case .structure, .union: if !type.name.isEmpty { write("\(typeName(type));\n") }
      default: break
      }
    }
    output += "\n"
    for type in all where type.kind == .enumeration || type.kind == .enumeration64 { writeEnumeration(type) }
    for type in all where !isCutOff {
      switch type.kind {
      case .typedef: require(type, isComplete: false)
      case .structure, .union: if !type.name.isEmpty { require(type, isComplete: true) }
      default: break
      }
    }
  }

  // MARK: - Order

  /// Writes what a type needs to be spoken of, or for values of it to be declared.
  mutating func require(_ type: BTFType, isComplete: Bool) {
    let place = type.id * 2 + (isComplete ? 1 : 0)
    guard !isRequired[place] else { return }
    isRequired[place] = true
    guard requirementDepth < CHeaderWriter.maximumRequirementDepth else {
      isCutOff = true
      return
    }
    requirementDepth += 1
    defer { requirementDepth -= 1 }
    switch type.kind {
    case .pointer: if let target = type.target { require(target, isComplete: false) }
    case .const, .volatile, .restrict, .typeTag:
      if let target = type.target { require(target, isComplete: isComplete) }
    // The elements of an array must be complete even if nobody asks for one.
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
      // The compiler has this one itself.
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
    // Those without a name stand where they are used.
    if !type.name.isEmpty { write("\(definition(of: type, indent: ""));\n\n") }
  }

  // MARK: - Enumerations

  private mutating func writeEnumeration(_ type: BTFType) {
    guard !type.enumerators.isEmpty else { return }
    write(type.name.isEmpty ? "enum {\n" : "\(typeName(type)) {\n")
    for enumerator in type.enumerators where !isCutOff {
      let suffix = type.kind == .enumeration64 ? (type.isSignedEnumeration ? "LL" : "ULL") : ""
      write("\t\(names.ordinary(enumerator.name)) = \(CHeaderWriter.literal(enumerator.value, suffix)),\n")
    }
    let size = type.byteCount ?? 4
    // Of these sizes C makes none by itself.
    write(size < 4 ? "} __attribute__((mode(\(size == 1 ? "byte" : "HI"))));\n\n" : "};\n\n")
  }

  /// A number as C reads it. The smallest of 64 bits has no literal of its own.
  private static func literal(_ value: Int128, _ suffix: String) -> String {
    value == Int128(Int64.min) ? "(-9223372036854775807LL - 1)" : "\(value)\(suffix)"
  }
}

// MARK: - Names

/// The names given out so far. C has a space of names for what comes after `struct`, `union` and `enum`, and one for
/// all else.
struct CNames {
  private var tags: [String: Int] = [:]
  private var ordinaries: [String: Int] = [:]
  private var given: [Int: String] = [:]

  /// The name of a type, for itself alone.
  mutating func name(of type: BTFType) -> String {
    if let name = given[type.id] { return name }
    let name = type.kind == .typedef ? ordinary(type.name) : CNames.next(type.name, in: &tags)
    given[type.id] = name
    return name
  }

  /// A name among all but tags.
  mutating func ordinary(_ name: String) -> String { CNames.next(name, in: &ordinaries) }

  private static func next(_ name: String, in space: inout [String: Int]) -> String {
    let count = space[name, default: 0] + 1
    space[name] = count
    return count == 1 ? name : "\(name)___\(count)"
  }
}
