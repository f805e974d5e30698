//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BTF

/// A global variable of an object, as Swift sees it.
struct VariableForm {
  /// The name in the object.
  let name: String
  /// The name of the accessor, without backticks.
  let accessor: String
  /// The name of the method that sets it; nil if it cannot be set once it is loaded.
  let setter: String?
  /// How its value is stored; nil if only its bytes can be had.
  let form: SwiftForm?

  /// The accessor as it stands in a source.
  var escaped: String { SwiftName.escaped(accessor) }

  /// The type of the accessor.
  var type: String { form?.name ?? "[UInt8]" }

  /// The variables that have an accessor: those that are seen outside of their source, and are no pointers, which mean
  /// nothing to user space.
  static func all(of file: ObjectFile, _ catalog: inout TypeCatalog) -> [VariableForm] {
    var scope = NameScope(reserved: ["init", "self"])
    var seen: Set<String> = []
    return file.variables.compactMap { variable in
      guard !variable.isStatic, !variable.isHidden, seen.insert(variable.name).inserted,
        variable.type?.unmodified?.kind != .pointer
      else { return nil }
      let form = variable.type.flatMap { catalog.form(of: $0, in: variable.name) }
      let accessor = scope.claim(SwiftName.member(variable.name))
      return VariableForm(
        name: variable.name, accessor: accessor,
        setter: variable.isReadOnly ? nil : scope.claim("set" + SwiftName.type(variable.name)),
        form: form?.size == variable.size ? form : nil)
    }
  }

  /// An expression for the value that an object has of it.
  func reading(from object: String) -> String {
    switch form?.kind {
    case nil: "try \(object).variableBytes(\(name.literal))"
    case .boolean: "try \(object).variable(\(name.literal), as: UInt8.self) != 0"
    default: "try \(object).variable(\(name.literal))"
    }
  }

  /// A statement that gives it the value of an expression.
  func writing(_ value: String, to object: String) -> String {
    switch form?.kind {
    case nil: "try \(object).setVariable(\(name.literal), toBytes: \(value))"
    case .boolean: "try \(object).setVariable(\(name.literal), to: (\(value) ? 1 : 0) as UInt8)"
    default: "try \(object).setVariable(\(name.literal), to: \(value))"
    }
  }
}
