//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import KernelTypeDeclarations

/// The programs, maps and variables of a kernel module, read from its symbols.
package struct KernelModule {
  /// The module's name.
  package let name: String
  package private(set) var programs: [KernelProgram] = []
  package private(set) var maps: [KernelMap] = []
  package private(set) var variables: [KernelVariable] = []
  /// The license that the module declares: `public let license: StaticString = "MIT"`.
  package private(set) var license: String?
  /// The declarations that cannot be programs, maps or variables.
  package private(set) var problems: [Problem] = []
  /// The symbols that the module uses and does not define.
  package let undefinedSymbols: [String]
  /// The types that other modules cannot name, as `PacketsKernel.Flow`. Accessors get types of their own instead.
  package var internalTypes: Set<String> = []

  /// Whether it declares nothing that an object has.
  package var isEmpty: Bool { programs.isEmpty && maps.isEmpty && variables.isEmpty && problems.isEmpty }

  /// A declaration that is refused.
  package struct Problem: Equatable {
    package let symbol: String
    package let text: String

    package init(symbol: String, text: String) {
      (self.symbol, self.text) = (symbol, text)
    }
  }

  /// - Parameters:
  ///   - symbols: the symbols of the module's object.
  ///   - demangled: the declarations of the symbols' names that have one.
  package init(_ name: String, _ symbols: ModuleSymbols, demangled: [String: String]) {
    self.name = name
    undefinedSymbols = symbols.undefined
    for symbol in symbols.symbols {
      guard let text = demangled[symbol.name] else { continue }
      let declaration = SwiftDeclaration(demangled: text)
      if symbol.isFunction {
        // Functions without a section of their own are no programs.
        if !symbol.section.hasPrefix(".text") { addProgram(symbol, text, declaration) }
      } else if let declaration, case .variable(let type) = declaration.kind {
        add(symbol, declaration, type)
      }
    }
    checkNames()
  }

  /// Refuses names that cannot stand in the object and in its BTF.
  private mutating func checkNames() {
    var seen: Set<String> = []
    let declared = programs.map { ($0.name, $0.symbol) } + maps.map { ($0.name, $0.symbol) }
    for (name, symbol) in declared + variables.map({ ($0.name, $0.symbol) }) {
      if !seen.insert(name).inserted {
        refuse(
          symbol,
          "the module has two programs, maps or variables named '\(name)': rename one, also if their types differ"
        )
      } else if !name.isCIdentifier {
        refuse(
          symbol,
          "'\(name)' cannot be a name in an object: use ASCII letters, digits and '_', and no keyword of C")
      }
    }
  }

  private mutating func addProgram(
    _ symbol: ModuleSymbols.Symbol, _ text: String, _ declaration: SwiftDeclaration?
  ) {
    guard let declaration, case .function(let parameters, let result) = declaration.kind else {
      return refuse(
        symbol.name,
        "'\(text)' has a section, but cannot be a program: declare a function without 'throws', 'async' and generic "
          + "parameters, and not in an extension of another module's type")
    }
    guard !declaration.isMethod else {
      return refuse(symbol.name, "'\(declaration.name)' cannot be a program: declare the method static")
    }
    programs.append(
      KernelProgram(
        name: declaration.name, symbol: symbol.name, section: symbol.section, parameters: parameters,
        result: result))
  }

  private mutating func refuse(_ symbol: String, _ text: String) {
    problems.append(Problem(symbol: symbol, text: text))
  }

  private mutating func add(
    _ symbol: ModuleSymbols.Symbol, _ declaration: SwiftDeclaration, _ type: SwiftType
  ) {
    if let map = KernelMap(declaration.name, type, symbol) {
      maps.append(map)
    } else if KernelMap.isDeclared(in: symbol.bytes) {
      refuse(
        symbol.name,
        "'\(declaration.name)' contains a map: declare each map as a global or static 'let' of its own")
    } else if declaration.module == name {
      addVariable(symbol, declaration.name, type)
    }
  }

  private mutating func addVariable(_ symbol: ModuleSymbols.Symbol, _ name: String, _ type: SwiftType) {
    if name == "license", type.name == "Swift.StaticString", let text = symbol.addresses.first?.target {
      license = String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    } else if let variable = KernelVariable(name, type, symbol) {
      variables.append(variable)
    }
  }
}

/// A function with a section: a program.
package struct KernelProgram {
  package let name: String
  package let symbol: String
  package let section: String
  package let parameters: [SwiftType]
  package let result: SwiftType
}

/// A global variable that the programs share with user space.
package struct KernelVariable {
  package let name: String
  package let symbol: String
  package let type: SwiftType
  package let bytes: [UInt8]
  package let alignment: Int

  /// Whether user space sets it before the programs are loaded, and nothing afterwards: `BPFKernel.Constant<Value>`.
  package var isConstant: Bool { type.name == "BPFKernel.Constant" }

  /// The type of its value: a number in `BPFKernel.Variable<Value>`.
  package var valueType: SwiftType {
    isConstant || type.name == "BPFKernel.Variable" ? type.arguments.first ?? type : type
  }

  /// Returns nil for a global without storage that programs could write, and for one with addresses in it.
  init?(_ name: String, _ type: SwiftType, _ symbol: ModuleSymbols.Symbol) {
    let isWritable = [".data", ".bss", ".sdata", ".sbss"].contains { symbol.section.hasPrefix($0) }
    let isWrapped = ["BPFKernel.Constant", "BPFKernel.Variable"].contains(type.name)
    guard isWritable || isWrapped, symbol.addresses.isEmpty, !symbol.bytes.isEmpty else { return nil }
    (self.name, self.symbol, self.type) = (name, symbol.name, type)
    // The number comes first. What follows is not user space's.
    let byteCount = isWrapped ? type.arguments.first?.numberByteCount : nil
    bytes = Array(symbol.bytes.prefix(byteCount ?? symbol.bytes.count))
    alignment = symbol.alignment
  }
}

extension SwiftType {
  /// The size of a number; nil for other types.
  fileprivate var numberByteCount: Int? {
    switch name {
    case "Swift.UInt8", "Swift.Int8": 1
    case "Swift.UInt16", "Swift.Int16": 2
    case "Swift.UInt32", "Swift.Int32": 4
    case "Swift.UInt64", "Swift.Int64", "Swift.UInt", "Swift.Int": 8
    case "Swift.UInt128", "Swift.Int128": 16
    default: nil
    }
  }
}

extension String {
  /// Whether C can declare something of this name.
  fileprivate var isCIdentifier: Bool {
    allSatisfy { $0 == "_" || SwiftName.isLetterOrDigit($0) } && !String.keywordsOfC.contains(self)
  }

  private static let keywordsOfC: Set = [
    "asm", "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
    "extern",
    "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short",
    "signed", "sizeof",
    "static", "struct", "switch", "typedef", "typeof", "union", "unsigned", "void", "volatile", "while",
  ]
}
