//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BTF
internal import KernelTypeDeclarations

/// The Swift representation of an object's global variable.
struct VariableForm {
  /// The name in the object.
  let name: String
  /// The name of the accessor, without backticks.
  let accessor: String
  /// The name of the setter method, or `nil` if the variable is read-only after loading.
  let setter: String?
  /// The representation of its value, or `nil` if only its raw bytes are accessible.
  let form: SwiftForm?

  /// The accessor's name as written in source.
  var escaped: String { SwiftName.escaped(accessor) }

  /// The accessor's type.
  var type: String { form?.name ?? "[UInt8]" }

  /// Returns the variables that get an accessor: all with external linkage and default visibility, except pointers,
  /// which have no meaning in user space.
  ///
  /// - Parameter module: the kernel module that declares the variables, if it is in Swift.
  static func all(
    of file: ObjectFile, _ catalog: inout TypeCatalog, _ module: KernelModule? = nil
  ) -> [VariableForm] {
    var scope = NameScope(reserved: ["init", "self"])
    var seen: Set<String> = []
    return file.variables.compactMap { variable in
      guard !variable.isStatic, !variable.isHidden, seen.insert(variable.name).inserted,
        variable.type?.unmodified?.kind != .pointer
      else { return nil }
      let form =
        module?.form(ofVariable: variable.name)
        ?? variable.type.flatMap { catalog.form(of: $0, in: variable.name) }
      let accessor = scope.claim(SwiftName.member(variable.name))
      return VariableForm(
        name: variable.name, accessor: accessor,
        setter: variable.isReadOnly ? nil : scope.claim("set" + SwiftName.type(variable.name)),
        form: form?.size == variable.size ? form : nil)
    }
  }

  /// Returns an expression that reads the variable from `object`.
  func reading(from object: String) -> String {
    switch form?.kind {
    case nil: "try \(object).variableBytes(\(name.literal))"
    case .boolean: "try \(object).variable(\(name.literal), as: UInt8.self) != 0"
    default: "try \(object).variable(\(name.literal))"
    }
  }

  /// Returns a statement that sets the variable to the value of an expression.
  func writing(_ value: String, to object: String) -> String {
    switch form?.kind {
    case nil: "try \(object).setVariable(\(name.literal), toBytes: \(value))"
    case .boolean: "try \(object).setVariable(\(name.literal), to: (\(value) ? 1 : 0) as UInt8)"
    default: "try \(object).setVariable(\(name.literal), to: \(value))"
    }
  }
}
