//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFInstructions
internal import BPFSyscall
internal import BPFMaps
internal import BTF

/// A part of an object that requires the object's types (BTF) in the kernel.
///
/// Maps and programs work without types, including programs that attach by the kernel's own types. But the kernel
/// finds locks, timers and pointers in a value by its type, and requires types for some maps, for callbacks, and for
/// programs that replace functions.
struct TypeRequirement: CustomStringConvertible {
  /// The part and its reason to need types, as a sentence.
  let description: String

  /// Returns the first loaded part that requires types, or nil.
  static func first(in file: ObjectFile) -> TypeRequirement? {
    for map in file.maps where map.isCreated && map.existing == nil {
      if let reason = reason(map, file) {
        return TypeRequirement(description: "the map '\(map.name)' needs them: \(reason)")
      }
    }
    var linker = Linker(file.code)
    for program in file.programsToLoad() {
      if let reason = reason(program, file, &linker) {
        return TypeRequirement(description: "the program '\(program.name)' needs them: \(reason)")
      }
    }
    return nil
  }

  private static func reason(
    _ program: ProgramDefinition, _ file: ObjectFile, _ linker: inout Linker
  ) -> String? {
    if program.type == .ext { return "its function must be of the type that it replaces" }
    guard let linked = try? file.linked(program, by: &linker) else { return nil }
    let hasCallback = linked.instructions.contains {
      $0.source == Instruction.Pseudo.functionAddress && $0.isWideLoad
    }
    return hasCallback ? "it gives the kernel a function to call" : nil
  }

  private static func reason(_ map: MapDefinition, _ file: ObjectFile) -> String? {
    switch map.type.facts.btf {
    case .vmlinux: return "it implements an interface of the kernel"
    case .required: return "it is a local storage"
    case .accepted, .refused: break
    }
    var search = SpecialFieldSearch()
    guard map.valueTypeID != 0, let value = file.types?[map.valueTypeID], let field = search.first(in: value)
    else { return nil }
    return "its values hold a '\(field)'"
  }
}

/// A search for fields that the kernel manages, such as locks and timers.
private struct SpecialFieldSearch {
  private static let structures: Set<String> = [
    "bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer", "bpf_wq", "bpf_task_work", "bpf_list_head",
    "bpf_list_node",
    "bpf_rb_root", "bpf_rb_node", "bpf_refcount",
  ]

  /// The `btf_type_tag` values of reference-counted pointers.
  private static let tags: Set<String> = ["kptr", "kptr_untrusted", "percpu_kptr", "uptr"]

  /// The visited structures.
  private var visited: Set<Int> = []

  /// Returns the name of the first such field in a value type, or nil.
  mutating func first(in type: BTFType) -> String? {
    // Does not follow pointers, and visits each structure once: the type graph is untrusted.
    var pending = [type]
    while let type = pending.popLast()?.unmodified {
      switch type.kind {
      case .structure, .union:
        if type.kind == .structure, Self.structures.contains(type.name) { return type.name }
        guard visited.insert(type.id).inserted else { continue }
        pending += type.members.map(\.type)
      case .array, .variable: if let target = type.target { pending.append(target) }
      case .dataSection: pending += type.sectionVariables.map(\.variable)
      case .pointer:
        if let tag = type.target, tag.kind == .typeTag, Self.tags.contains(tag.name) { return tag.name }
      default: break
      }
    }
    return nil
  }
}
