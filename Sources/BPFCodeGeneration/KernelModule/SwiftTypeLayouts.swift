//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The layouts of Swift types: by the rules of Swift, and as the compiler has them, which must agree.
///
/// The steps, of which the first is part of the compile of the module, and the second one more run of the compiler:
/// 1. The compile of the module, and of the modules it imports, emits symbol graphs: see ``SwiftTypeLayoutGraph``. Their mangled
///    names are demangled.
/// 2. A ``SwiftTypeLayoutPlan`` of the wanted types is made of these. Its ``SwiftTypeLayoutPlan/probe`` is compiled with the module.
/// 3. ``SwiftTypeLayoutDeclarations`` writes the types in C, for the BTF of maps and variables.
package struct SwiftTypeLayouts {
  /// The size, alignment and stride of a type, and the offsets of its fields.
  struct Layout: Equatable {
    var size: Int
    var alignment: Int
    var offsets: [Int] = []

    var stride: Int { max(1, size.roundedUp(to: alignment)) }
  }

  let plan: SwiftTypeLayoutPlan
  private(set) var layouts: [SwiftTypeLayoutName: Layout] = [:]

  /// - Parameters:
  ///   - plan: the types.
  ///   - object: the object that clang made of the plan's ``SwiftTypeLayoutPlan/probe``; empty if the probe is.
  package init(_ plan: SwiftTypeLayoutPlan, probe object: [UInt8]) throws(SwiftTypeLayoutError) {
    self.plan = plan
    let probe = plan.probe
    let answers = probe.isEmpty ? [:] : try probe.answers(in: object)
    for (type, shape) in plan.types { layouts[type] = try layout(of: type, shape, answers) }
  }

  private func layout(
    of type: SwiftTypeLayoutName, _ shape: SwiftTypeLayoutShape,
    _ answers: [SwiftTypeLayoutProbe.Question: Int]
  ) throws(SwiftTypeLayoutError) -> Layout {
    let size = answers[.size(type)] ?? 0
    let alignment = answers[.alignment(type)] ?? 1
    switch shape {
    case .scalar(let scalar): return Layout(size: scalar.size, alignment: scalar.alignment)
    case .bytes: return Layout(size: size, alignment: alignment)
    case .array(let element, let count):
      guard let element = layouts[element] else { return Layout(size: size, alignment: alignment) }
      return Layout(size: element.stride * count, alignment: element.alignment)
    case .cases(let cases):
      let expected = cases.count < 2 ? 0 : cases.count <= 256 ? 1 : 2
      guard size == expected else { throw mismatch(type, "its size", size, expected) }
      return Layout(size: size, alignment: alignment)
    case .fields(let fields):
      let layout = try layout(of: type, fields, answers)
      guard layout.size == size else { throw mismatch(type, "its size", size, layout.size) }
      guard layout.alignment == alignment else {
        throw mismatch(type, "its alignment", alignment, layout.alignment)
      }
      return layout
    }
  }

  /// Places each field at the first multiple of its alignment after the field before, and compares with the compiler.
  private func layout(
    of type: SwiftTypeLayoutName, _ fields: [SwiftTypeLayoutMembers.Field],
    _ answers: [SwiftTypeLayoutProbe.Question: Int]
  ) throws(SwiftTypeLayoutError) -> Layout {
    var layout = Layout(size: 0, alignment: 1)
    for field in fields {
      let part = layouts[field.type] ?? Layout(size: 0, alignment: 1)
      let offset = layout.size.roundedUp(to: part.alignment)
      if plan.isMeasured(field, of: type), part.size > 0 {
        guard let measured = answers[.offset(type, field: field.storedName)] else {
          throw SwiftTypeLayoutError(
            "the property '\(field.name)' of \(type.spelling) has observers or accessors: a type in a map or record "
              + "must have plain stored properties")
        }
        guard measured == offset else {
          throw mismatch(type, "the offset of '\(field.name)'", measured, offset)
        }
      }
      layout.offsets.append(offset)
      layout.size = offset + part.size
      layout.alignment = max(layout.alignment, part.alignment)
    }
    return layout
  }

  private func mismatch(
    _ type: SwiftTypeLayoutName, _ what: String, _ measured: Int, _ expected: Int
  ) -> SwiftTypeLayoutError {
    SwiftTypeLayoutError(
      "the layout of \(type.spelling) is not understood: \(what) is \(measured) for the compiler, and \(expected) by its "
        + "stored properties: report this as a bug of swift-bpf")
  }
}

extension SwiftTypeLayoutPlan {
  /// The sources that make the compiler tell the layouts.
  package var probe: SwiftTypeLayoutProbe { SwiftTypeLayoutProbe(self) }
}

extension Int {
  func roundedUp(to alignment: Int) -> Int { (self + alignment - 1) / alignment * alignment }
}
