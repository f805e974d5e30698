//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import KernelTypeDeclarations

/// The bodies in C of the accesses to kernel types that a Swift module uses.
///
/// Each access has a local declaration of its type with the one member. Its name has a suffix that relocation ignores
/// (`task_struct___0`), so declarations do not conflict with each other or with those of C sources.
package struct KernelTypeBodies {
  private let accesses: [KernelTypeAccess]

  /// - Parameter symbols: the undefined symbols of the module, of which only those of accesses count.
  package init(symbols: some Sequence<String>) {
    accesses = Set(symbols).sorted().compactMap { KernelTypeAccess(symbol: $0) }
  }

  /// Whether the module uses none.
  package var isEmpty: Bool { accesses.isEmpty }

  /// A C source to compile for BPF to bitcode, of which the linker takes what is needed. It includes nothing.
  package var source: String {
    var source = KernelTypeBodies.prelude
    for (index, access) in accesses.enumerated() { source += KernelTypeBody(access, index).text }
    return source
  }

  private static let prelude = """
    #define CORE __attribute__((preserve_access_index))
    static long (*bpf_core_probe_read)(void *, unsigned int, const void *) = (void *)113;
    static inline __attribute__((always_inline)) unsigned long long bpf_core_number(const void *p, unsigned int size) {
      return size == 1 ? *(const unsigned char *)p : size == 2 ? *(const unsigned short *)p
        : size == 4 ? *(const unsigned int *)p : *(const unsigned long long *)p;
    }

    """
}

/// The body of one access.
private struct KernelTypeBody {
  private let access: KernelTypeAccess
  private let index: Int

  init(_ access: KernelTypeAccess, _ index: Int) { (self.access, self.index) = (access, index) }

  var text: String {
    "\(type)\n\(result) bpf_core_\(index)(\(parameters)) __asm__(\(access.symbol.literal));\n"
      + "__attribute__((always_inline)) \(result) bpf_core_\(index)(\(parameters)) { \(statements) }\n"
  }

  // MARK: - The local type

  private var typeName: String { "\(access.keyword) \(access.name)___\(index)" }

  private var enumerator: String { "\(access.path.first ?? "none")___\(index)" }

  private var type: String {
    switch access.operation {
    case .value, .enumerator: return "\(typeName) { \(enumerator) = 1 };"
    case .type: return "\(typeName) { int unused; } CORE;"
    case .load, .read, .copy, .address, .element, .member:
      var member = leaf(access.form, access.path.last ?? "")
      for name in access.path.dropLast().reversed() { member = "struct { \(member); } \(name)" }
      return "\(typeName) { \(member); } CORE;"
    }
  }

  private func leaf(_ form: KernelTypeForm, _ name: String) -> String {
    switch form {
    case .integer, .boolean: return "\(KernelTypeBody.cName(form)) \(name)"
    case .pointer: return "void *\(name)"
    case .enumeration(let byteCount):
      let mode = [1: " __attribute__((mode(QI)))", 2: " __attribute__((mode(HI)))"][byteCount] ?? ""
      return "enum { bpf_core_e\(index) = \(byteCount == 8 ? "0x100000000ull" : "1") }\(mode) \(name)"
    case .bits(let isSigned): return "\(isSigned ? "int" : "unsigned int") \(name) : 1"
    case .record: return "struct { char unused; } \(name)"
    case .array(let element, let count): return leaf(element, "\(name)[\(count)]")
    case .none: return "char \(name)"
    }
  }

  private static func cName(_ form: KernelTypeForm) -> String {
    switch form {
    case .integer(let byteCount, let isSigned):
      (isSigned ? "signed " : "unsigned ") + ([1: "char", 2: "short", 4: "int"][byteCount] ?? "long long")
    case .enumeration(let byteCount): cName(.integer(byteCount: byteCount, isSigned: false))
    case .boolean: "_Bool"
    case .bits(let isSigned): isSigned ? "long long" : "unsigned long long"
    case .pointer, .record, .array, .none: "unsigned long"
    }
  }

  // MARK: - The function

  private var result: String {
    switch access.operation {
    case .load, .read: access.form == .boolean ? "unsigned char" : KernelTypeBody.cName(access.form)
    case .copy: "void"
    case .address, .element: "unsigned long"
    case .member, .type, .enumerator: "unsigned char"
    case .value: "unsigned long long"
    }
  }

  private var parameters: String {
    switch access.operation {
    case .load, .read, .address: "unsigned long p"
    case .copy: "unsigned long p, void *to"
    case .element: "unsigned long p, unsigned long index"
    case .member, .type, .value, .enumerator: "void"
    }
  }

  private var member: String { "((const \(typeName) *)p)->\(access.path.joined(separator: "."))" }

  private func info(_ kind: Int) -> String { "__builtin_preserve_field_info(\(member), \(kind))" }

  private var statements: String {
    switch access.operation {
    case .load:
      guard case .bits(let isSigned) = access.form else { return "return (\(result))\(member);" }
      return bits("bpf_core_number((const char *)p + \(info(0)), \(info(1)))", isSigned)
    case .read:
      guard case .bits(let isSigned) = access.form else {
        return "\(result) v; bpf_core_probe_read(&v, sizeof(v), &\(member)); return v;"
      }
      return "unsigned long long w = 0; bpf_core_probe_read(&w, \(info(1)), (const char *)p + \(info(0))); "
        + bits("w", isSigned)
    case .copy:
      return
        "unsigned int n = \(info(1)); bpf_core_probe_read(to, n && n < \(byteCount) ? n : \(byteCount), &\(member));"
    case .address: return "return (unsigned long)&\(member);"
    case .element:
      return
        "return (unsigned long)&\(member) + index * __builtin_preserve_field_info(\(member)[0], 1);"
    case .member:
      return
        "return __builtin_preserve_field_info(((\(typeName) *)0)->\(access.path.joined(separator: ".")), 2) != 0;"
    case .type: return "return __builtin_preserve_type_info(*(\(typeName) *)0, 0) != 0;"
    case .enumerator: return "return __builtin_preserve_enum_value(*(\(typeName) *)\(enumerator), 0) != 0;"
    case .value: return "return __builtin_preserve_enum_value(*(\(typeName) *)\(enumerator), 1);"
    }
  }

  /// Shifts a bit-field to the top of its word, and down again.
  private func bits(_ word: String, _ isSigned: Bool) -> String {
    "unsigned long long v = \(word) << \(info(4)); "
      + "return \(isSigned ? "(long long)" : "")v >> \(info(5));"
  }

  private var byteCount: Int {
    guard case .array(let element, let count) = access.form else { return 0 }
    switch element {
    case .integer(let byteCount, _), .enumeration(let byteCount): return byteCount * count
    case .boolean: return count
    default: return 8 * count
    }
  }
}
