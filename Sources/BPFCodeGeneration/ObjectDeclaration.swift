//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFObjects
internal import BTF
internal import KernelTypeDeclarations

/// The Swift source for an object: its bytes, its types, and an accessor for each map, program and variable.
package struct ObjectDeclaration {
  /// The type's name.
  let name: String

  private let fileName: String
  /// The modules of the types, besides those of the library.
  private let imports: [String]
  private let file: ObjectFile
  private let embedded: String
  private let maps: [(accessor: String, form: MapForm)]
  private let programs: [(accessor: String, name: String)]
  private let variables: [VariableForm]
  private let types: [TypeDeclaration]
  private let unexported: [UnexportedType]
  /// The places where the programs can trap; nil for those that count no traps.
  private let trapPlaces: [ProgramTraps.Place]?

  /// - Parameters:
  ///   - file: the object.
  ///   - embedded: the object's bytes, Base64-encoded.
  ///   - fileName: the name of the C source.
  ///   - sourceText: the C source, whose types without a Swift type are declared as unavailable.
  package init(_ file: ObjectFile, embedded: String, fileName: String, sourceText: String = "") {
    (self.file, self.embedded, self.fileName, imports) = (file, embedded, fileName, [])
    name = ObjectDeclaration.typeName(file)
    var catalog = TypeCatalog(names: NameScope(reserved: ObjectDeclaration.reservedNames.union([name])))
    maps = ObjectDeclaration.maps(file, &catalog)
    programs = ObjectDeclaration.programs(file)
    variables = VariableForm.all(of: file, &catalog)
    ObjectDeclaration.addReferencedTypes(file, &catalog)
    types = catalog.declarations
    unexported = UnexportedType.all(in: sourceText, file.types, &catalog)
    trapPlaces = nil
  }

  /// - Parameters:
  ///   - file: the object.
  ///   - module: the kernel module that the object was compiled from, whose types the accessors have.
  ///   - trapPlaces: the places where the programs can trap; nil for a module without checks.
  ///   - embedded: the object's bytes, Base64-encoded.
  package init(
    _ file: ObjectFile, of module: KernelModule, trapPlaces: [ProgramTraps.Place]? = nil, embedded: String
  ) {
    self.trapPlaces = trapPlaces
    (self.file, self.embedded, fileName) = (file, embedded, "the module \(module.name)")
    name = ObjectDeclaration.typeName(file)
    var catalog = TypeCatalog(names: NameScope(reserved: ObjectDeclaration.reservedNames.union([name])))
    maps = ObjectDeclaration.maps(file, &catalog, module)
    programs = ObjectDeclaration.programs(file)
    variables = VariableForm.all(of: file, &catalog, module)
    ObjectDeclaration.addReferencedTypes(file, &catalog, module)
    types = catalog.declarations
    unexported = []
    imports = module.imports
  }

  private static func typeName(_ file: ObjectFile) -> String {
    let type = SwiftName.type(file.name)
    return reservedNames.contains(type) ? type + "Object" : type
  }

  /// The names that the generated source uses and that the object's types therefore cannot have.
  private static let reservedNames: Set = [
    "Any", "BPF", "BitwiseCopyable", "Blueprint", "Bool", "Comparable", "CustomStringConvertible", "Double",
    "Float", "Hashable",
    "Hasher", "InlineArray", "Int128", "Int16", "Int32", "Int64", "Int8", "Maps", "Programs", "Protocol",
    "RawRepresentable", "Self", "Sendable", "Set", "StaticString", "String", "Swift", "Traps", "Type",
    "UInt128",
    "UInt16", "UInt32",
    "UInt64", "UInt8", "Variables",
  ]

  private static func maps(
    _ file: ObjectFile, _ catalog: inout TypeCatalog, _ module: KernelModule? = nil
  ) -> [(accessor: String, form: MapForm)] {
    var scope = NameScope(reserved: ["init", "self"])
    return file.maps.compactMap { map in
      switch map.kind {
      case .declared, .legacy, .structOps:
        (
          scope.claim(SwiftName.member(map.name)),
          ObjectDeclaration.form(of: map, module) ?? MapForm(map, in: file, &catalog)
        )
      case .data, .readOnlyData, .zeroed, .configuration: nil
      }
    }
  }

  /// Returns the form of a map that a kernel module declares with types that accessors can name; nil for other maps.
  private static func form(of map: MapDefinition, _ module: KernelModule?) -> MapForm? {
    guard let module, let declaration = module.accessibleMap(map.name) else { return nil }
    return MapForm(map, declaredAs: declaration, in: module)
  }

  private static func programs(_ file: ObjectFile) -> [(accessor: String, name: String)] {
    var scope = NameScope(reserved: ["init", "self"])
    return file.programs.map { (scope.claim(SwiftName.member($0.name)), $0.name) }
  }

  /// Adds types that no map or variable has, such as those of events: types exported with `BPF_EXPORT_TYPE`, and the
  /// target types of pointer variables, and of pointer parameters of global functions that are not programs.
  ///
  /// - Parameter module: the kernel module that the object was compiled from, which has the types that it can name.
  private static func addReferencedTypes(
    _ file: ObjectFile, _ catalog: inout TypeCatalog, _ module: KernelModule? = nil
  ) {
    for variable in file.variables where !variable.isStatic {
      if let pointed = variable.type?.unmodified?.pointed { _ = catalog.form(of: pointed, in: variable.name) }
    }
    guard let types = file.types else { return }
    for entry in types.find(.dataSection, named: ".bpf_export")?.sectionVariables.map({ $0 }) ?? [] {
      let pointed = entry.variable.target?.unmodified?.pointed
      if module?.declaresRecord(ofSymbol: entry.variable.name) == true { continue }
      if let pointed { _ = catalog.form(of: pointed, in: entry.variable.name) }
    }
    for id in types.firstID..<types.endID {
      guard let function = types[id], function.kind == .function, function.linkage == .global else {
        continue
      }
      if let program = file.programs[function.name], program.type != .syscall { continue }
      for parameter in function.target?.parameters.map({ $0 }) ?? [] {
        guard let pointed = parameter.type.unmodified?.pointed else { continue }
        _ = catalog.form(of: pointed, in: "\(function.name)_\(parameter.name)")
      }
    }
  }
}

extension BTFType {
  /// The target type of a pointer to a structure, a union or an enumeration, otherwise `nil`.
  fileprivate var pointed: BTFType? {
    guard kind == .pointer, let target, let bare = target.unmodified else { return nil }
    switch bare.kind {
    case .structure, .union, .enumeration, .enumeration64: return target
    default: return nil
    }
  }
}

// MARK: - Writing

extension ObjectDeclaration {
  /// The complete Swift source.
  package var source: String {
    var source = SourceText()
    source.line(
      "// Generated from \(fileName.forComment) by the swift-bpf build plugin. Do not edit.")
    source.line("// swift-format-ignore-file")
    source.line("")
    for module in ["BPF"] + imports { source.line("import \(module)") }
    source.gap()
    source.line(
      "/// The BPF programs of \(fileName.forComment), loaded into the kernel, with their maps and variables."
    )
    source.block("struct \(name): Sendable") { source in
      writeObject(to: &source)
      writeBlueprint(to: &source)
      writeMaps(to: &source)
      writePrograms(to: &source)
      writeTraps(to: &source)
      writeVariables(to: &source)
      for type in types { type.write(to: &source) }
      for type in unexported { type.write(to: &source) }
      source.gap()
      source.line("private static let embedded: StaticString =")
      source.line("  \"\(embedded)\"")
    }
    return source.text
  }

  private func writeObject(to source: inout SourceText) {
    source.line("/// The loaded object.")
    source.line("let object: BPF.Object")
    source.gap()
    source.line("/// Wraps an object that was loaded from `objectFile()`.")
    source.line("init(_ object: BPF.Object) { self.object = object }")
    source.gap()
    source.line("/// Loads the object unchanged. See `BPF.ObjectFile.load(_:)`.")
    source.block(
      "static func load(_ options: BPF.LoadOptions = BPF.LoadOptions()) throws(BPF.BPFError) -> \(name)"
    ) { source in
      source.line("try Blueprint().load(options)")
    }
    source.gap()
    source.line("/// Returns the embedded object, not yet loaded.")
    source.block("static func objectFile() throws(BPF.BPFError) -> BPF.ObjectFile") { source in
      source.line("try BPF.ObjectFile(embedded: embedded, name: \(file.name.literal))")
    }
  }

  private func writeBlueprint(to source: inout SourceText) {
    source.gap()
    source.line("/// The object before it is loaded, when it can be changed.")
    source.block("struct Blueprint: Sendable") { source in
      source.line("/// The object file. `load(_:)` writes the values of `variables` into it.")
      source.line("var objectFile: BPF.ObjectFile")
      if !variables.isEmpty {
        source.gap()
        source.line("/// The initial values of the variables.")
        source.line("var variables: Variables")
      }
      source.gap()
      source.block("init() throws(BPF.BPFError)") { source in
        source.line("objectFile = try \(name).objectFile()")
        if !variables.isEmpty { source.line("variables = try Variables(objectFile)") }
      }
      source.gap()
      source.line("/// Loads the object. See `BPF.ObjectFile.load(_:)`.")
      source.block(
        "func load(_ options: BPF.LoadOptions = BPF.LoadOptions()) throws(BPF.BPFError) -> \(name)"
      ) { source in
        guard !variables.isEmpty else {
          return source.line("return \(name)(try objectFile.load(options))")
        }
        source.line("var file = objectFile")
        source.line("try variables.put(into: &file)")
        source.line("return \(name)(try file.load(options))")
      }
      writeInitialVariables(to: &source)
    }
  }

  /// Writes the initial values. Only those that were set are written, so that changes of the object itself stay.
  private func writeInitialVariables(to source: inout SourceText) {
    guard !variables.isEmpty else { return }
    source.gap()
    source.block("struct Variables: Sendable") { source in
      source.line("private var _changed: Set<String> = []")
      for variable in variables {
        source.gap()
        source.line("/// `\(variable.name.forComment)`")
        source.line(
          "var \(variable.escaped): \(variable.type) { didSet { _changed.insert(\(variable.name.literal)) } }"
        )
      }
      source.gap()
      source.block("fileprivate init(_ file: BPF.ObjectFile) throws(BPF.BPFError)") { source in
        for variable in variables {
          source.line("\(variable.escaped) = \(variable.reading(from: "file"))")
        }
      }
      source.gap()
      source.block("fileprivate func put(into file: inout BPF.ObjectFile) throws(BPF.BPFError)") { source in
        for variable in variables {
          source.block("if _changed.contains(\(variable.name.literal))") { source in
            source.line(variable.writing(variable.escaped, to: "file"))
          }
        }
      }
    }
  }
}

// MARK: - Parts

extension ObjectDeclaration {
  /// Writes a structure of accessors, and the property that returns it.
  private func writeParts(
    _ property: String, _ type: String, _ summary: String, to source: inout SourceText,
    _ body: (inout SourceText) -> Void
  ) {
    source.gap()
    source.line("/// \(summary)")
    source.line("var \(property): \(type) { \(type)(_object: object) }")
    source.gap()
    source.line("/// The accessors of `\(property)`.")
    source.block("struct \(type): Sendable") { source in
      source.line("fileprivate let _object: BPF.Object")
      body(&source)
    }
  }

  private func writeMaps(to source: inout SourceText) {
    guard !maps.isEmpty else { return }
    writeParts("maps", "Maps", "The maps.", to: &source) { source in
      for (accessor, form) in maps {
        source.gap()
        source.line("/// `\(form.name.forComment)`")
        let handle = "_object.map(\(form.name.literal))"
        source.block("var \(SwiftName.escaped(accessor)): \(form.type)") { source in
          source.line(
            form.isTyped
              ? "get throws(BPF.BPFError) { try \(form.type)(\(handle), checkingTypes: false) }"
              : "get throws(BPF.BPFError) { try \(handle) }")
        }
      }
    }
  }

  private func writePrograms(to source: inout SourceText) {
    guard !programs.isEmpty else { return }
    writeParts("programs", "Programs", "The programs.", to: &source) { source in
      for (accessor, name) in programs {
        source.gap()
        source.line("/// `\(name.forComment)`")
        source.block("var \(SwiftName.escaped(accessor)): BPF.Program") { source in
          source.line("get throws(BPF.BPFError) { try _object.program(\(name.literal)) }")
        }
      }
    }
  }

  private func writeTraps(to source: inout SourceText) {
    guard let trapPlaces, !programs.isEmpty else { return }
    writeParts("traps", "Traps", "The traps that ended runs of the programs.", to: &source) { source in
      for (accessor, name) in programs {
        source.gap()
        source.line("/// The traps of `\(name.forComment)`.")
        source.block("var \(SwiftName.escaped(accessor)): BPF.ProgramTraps") { source in
          source.line(
            "get throws(BPF.BPFError) { try _object.traps(of: \(name.literal), places: Traps._places) }")
        }
      }
      source.gap()
      source.line("private static let _places: [BPF.ProgramTraps.Place] = [")
      for place in trapPlaces {
        let parts = "file: \(place.file.literal), line: \(place.line), reason: \(place.reason.literal)"
        source.line("  BPF.ProgramTraps.Place(\(parts)),")
      }
      source.line("]")
    }
  }

  private func writeVariables(to source: inout SourceText) {
    guard !variables.isEmpty else { return }
    writeParts(
      "variables", "Variables", "The global variables, shared with the programs.", to: &source
    ) { source in
      for variable in variables {
        source.gap()
        source.line("/// `\(variable.name.forComment)`")
        source.block("var \(variable.escaped): \(variable.type)") { source in
          source.line("get throws(BPF.BPFError) { \(variable.reading(from: "_object")) }")
        }
        guard let setter = variable.setter else { continue }
        source.line("/// Sets `\(variable.name.forComment)`.")
        source.block("func \(setter)(_ value: \(variable.type)) throws(BPF.BPFError)") { source in
          source.line(variable.writing("value", to: "_object"))
        }
      }
    }
  }
}
