//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

extension BTFDefinition {
  /// Returns the definition with other ids of the types that it refers to, in the order of the definition.
  func replacingReferences<E: Error>(_ replace: (Int) throws(E) -> Int) throws(E) -> BTFDefinition {
    BTFDefinition(name, try shape.replacingReferences(replace))
  }
}

extension BTFDefinition.Shape {
  fileprivate func replacingReferences<E: Error>(_ replace: (Int) throws(E) -> Int) throws(E) -> Self {
    switch self {
    case .int, .enumeration, .enumeration64, .forward, .float: return self
    case .pointer(let id): return .pointer(to: try replace(id))
    case .array(let element, let index, let count):
      return .array(of: try replace(element), index: try replace(index), count: count)
    case .structure(let byteCount, let members):
      return .structure(byteCount: byteCount, members: try Self.replaced(members, replace))
    case .union(let byteCount, let members):
      return .union(byteCount: byteCount, members: try Self.replaced(members, replace))
    case .typedef(let id): return .typedef(try replace(id))
    case .volatile(let id): return .volatile(try replace(id))
    case .const(let id): return .const(try replace(id))
    case .restrict(let id): return .restrict(try replace(id))
    case .function(let prototype, let linkage): return .function(prototype: try replace(prototype), linkage)
    case .functionPrototype(let result, var parameters):
      let result = try replace(result)
      for index in parameters.indices { parameters[index].type = try replace(parameters[index].type) }
      return .functionPrototype(result: result, parameters: parameters)
    case .variable(let id, let linkage): return .variable(try replace(id), linkage)
    case .dataSection(let byteCount, var variables):
      for index in variables.indices { variables[index].variable = try replace(variables[index].variable) }
      return .dataSection(byteCount: byteCount, variables: variables)
    case .declarationTag(let id, let component, let isAttribute):
      return .declarationTag(on: try replace(id), component: component, isAttribute: isAttribute)
    case .typeTag(let id, let isAttribute): return .typeTag(try replace(id), isAttribute: isAttribute)
    }
  }

  private static func replaced<E: Error>(
    _ members: [BTFDefinition.Member], _ replace: (Int) throws(E) -> Int
  ) throws(E) -> [BTFDefinition.Member] {
    var members = members
    for index in members.indices { members[index].type = try replace(members[index].type) }
    return members
  }
}
