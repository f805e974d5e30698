//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BTF

/// The reasons why the kernel rejects a kernel interface's structure, found after the rejection.
///
/// The kernel returns only EINVAL, and its types do not show which members an interface requires. This type lists the
/// requirements of known interfaces. For other interfaces, the description lists all functions without a program.
struct StructOpsDefects: CustomStringConvertible {
  private let interface: String
  /// Groups of functions, each of which needs one program and has none.
  private var missing: [[String]] = []
  /// The member that names the implementation, if it is empty.
  private var emptyName: String?
  /// Programs that are used for more than one member, with the members. The kernel loads a program for one member.
  private var reused: [(program: String, members: [String])] = []
  /// The functions without a program, for an interface with unknown requirements.
  private var unset: [String] = []

  /// The groups of functions that interfaces require; one function of each group is enough.
  private static let requiredFunctions: [String: [[String]]] = [
    "tcp_congestion_ops": [["ssthresh"], ["undo_cwnd"], ["cong_avoid", "cong_control"]],
    "Qdisc_ops": [["enqueue"], ["dequeue"], ["init"], ["reset"], ["destroy"]],
    "sched_ext_ops": [],
  ]

  /// The members that name implementations, and must not be empty.
  private static let names = ["tcp_congestion_ops": "name", "Qdisc_ops": "id", "sched_ext_ops": "name"]

  /// - Parameter name: the name of the interface's variable in the object.
  init(of name: String, in object: Object) {
    guard let definition = object.file.maps[name], let operations = definition.operations else {
      interface = name
      return
    }
    interface = operations.kernelName
    let filled = operations.programs.filter { object.programs[$0.value] != nil }
    for program in Set(filled.values).sorted() {
      let all = object.maps.names.compactMap { object.file.maps[$0]?.operations }
      let members = Set(
        all.flatMap { operations in operations.members(of: program).map { "\(operations.kernelName).\($0)" } }
      )
      if members.count > 1 { reused.append((program, members.sorted())) }
    }
    if let member = StructOpsDefects.names[interface],
      StructOpsDefects.isEmpty(member, of: operations, in: definition.contents, object.file.types)
    {
      emptyName = member
    }
    if let required = StructOpsDefects.requiredFunctions[interface] {
      missing = required.filter { group in !group.contains { filled[$0] != nil } }
    } else if let structure = try? KernelTypes.vmlinux().find(.structure, named: interface) {
      unset = structure.members.filter { $0.type.isFunctionPointer && filled[$0.name] == nil }.map(\.name)
    }
  }

  private static func isEmpty(
    _ member: String, of operations: MapDefinition.Operations, in contents: [UInt8], _ types: BTFTypes?
  ) -> Bool {
    guard let member = types?[operations.typeID]?.members.first(where: { $0.name == member }) else {
      return true
    }
    return (contents.dropFirst(member.byteOffset).first ?? 0) == 0
  }

  var description: String {
    var defects = missing.map { group in
      "no program for " + group.map { "'\($0)'" }.joined(separator: " or ")
    }
    if let emptyName { defects.append("an empty '\(emptyName)'") }
    if !defects.isEmpty {
      return "the structure is incomplete: 'struct \(interface)' has " + defects.joined(separator: ", ")
    }
    if let (program, members) = reused.first {
      return
        "program '\(program)' is used for \(members.joined(separator: " and ")): a program implements one member"
    }
    guard !unset.isEmpty else { return "the kernel rejects a member of 'struct \(interface)'" }
    return "'struct \(interface)' may be incomplete: it has no program for "
      + unset.map { "'\($0)'" }.joined(separator: ", ")
  }
}

extension BTFType {
  fileprivate var isFunctionPointer: Bool {
    guard let pointer = unmodified, pointer.kind == .pointer else { return false }
    return pointer.target?.unmodified?.kind == .functionPrototype
  }
}
