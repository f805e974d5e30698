//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import ELF
internal import KernelTypeDeclarations

/// Sources that let the Swift compiler tell the sizes of types and the offsets of their stored properties.
///
/// Embedded Swift has neither reflection nor key paths. Each number is the result of a function that is compiled together with
/// the kernel module, optimized for BPF, and read from the instructions. The functions are in no object that is loaded.
package struct SwiftTypeLayoutProbe {
  /// A number to ask for.
  enum Question: Hashable {
    case size(SwiftTypeLayoutName)
    case alignment(SwiftTypeLayoutName)
    case offset(SwiftTypeLayoutName, field: String)
  }

  private let questions: [Question]
  private let modules: [String]

  init(_ plan: SwiftTypeLayoutPlan) {
    var questions: [Question] = []
    var modules: Set<String> = []
    for (type, shape) in plan.types {
      switch shape {
      case .scalar, .array: continue
      case .cases, .bytes: break
      case .fields(let fields):
        for field in fields where plan.isMeasured(field, of: type) {
          questions.append(.offset(type, field: field.storedName))
        }
      }
      modules.formUnion(type.modules)
      questions += [.size(type), .alignment(type)]
    }
    self.questions = questions
    self.modules = modules.subtracting([plan.module, "Swift", "__C"]).union(plan.imports).sorted()
  }

  /// Whether there is nothing to ask: all types are numbers.
  package var isEmpty: Bool { questions.isEmpty }

  private static func function(_ index: Int) -> String { "bpf_layout_\(index)" }

  /// A Swift source to compile to bitcode with the sources of the kernel module and the same options. It uses private
  /// declarations of other files, for which it needs ``swiftOptions``.
  package var swiftSource: String {
    var lines = modules.map { "import \($0)" }
    for (index, question) in questions.enumerated() {
      let name = SwiftTypeLayoutProbe.function(index)
      let body =
        switch question {
        case .size(let type): "() -> Int { MemoryLayout<\(type.spelling)>.size }"
        case .alignment(let type): "() -> Int { MemoryLayout<\(type.spelling)>.alignment }"
        case .offset(let type, let field):
          "(_ p: UnsafeMutablePointer<\(type.spelling)>) -> Int "
            + "{ withUnsafePointer(to: &p.pointee.\(SwiftName.escaped(field))) { UnsafeRawPointer($0) - UnsafeRawPointer(p) } }"
        }
      lines.append("@_silgen_name(\"\(name)\") public func \(name)\(body)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The options for ``swiftSource`` in addition to those of the kernel module.
  package static let swiftOptions = ["-Xfrontend", "-disable-access-control"]

  /// A C source to compile for BPF with the bitcode linked in, as a skeleton is.
  package var cSource: String {
    var lines = [KernelToolchainSymbol.declaration]
    for index in questions.indices {
      let name = SwiftTypeLayoutProbe.function(index)
      lines.append("extern long \(name)(void);")
      lines.append(
        "__attribute__((section(\"layout\"))) long value_\(index)(void) { [[clang::always_inline]] return \(name)(); }"
      )
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Keeps a symbol that every Swift module refers to.
  private enum KernelToolchainSymbol {
    static let declaration = "__attribute__((nodebug)) char _swift_exceptionPersonality;"
  }
}

// MARK: - Answers

extension SwiftTypeLayoutProbe {
  /// Reads the numbers from the object of ``cSource``. Those that are not constant are missing.
  func answers(in object: [UInt8]) throws(SwiftTypeLayoutError) -> [Question: Int] {
    let functions: [String: ArraySlice<UInt8>]
    do { functions = try SwiftTypeLayoutProbe.functions(in: object) } catch {
      throw SwiftTypeLayoutError("the object of the layouts is not as expected: \(error)")
    }
    var answers: [Question: Int] = [:]
    for (index, question) in questions.enumerated() {
      guard let code = functions["value_\(index)"] else {
        throw SwiftTypeLayoutError("the object of the layouts lacks function \(index)")
      }
      answers[question] = SwiftTypeLayoutProbe.constant(Array(code))
    }
    return answers
  }

  /// The constant that a function returns: `r0 = immediate; exit`.
  private static func constant(_ code: [UInt8]) -> Int? {
    guard code.count == 16, code[0] == 0xb7, code[1] == 0, code[8] == 0x95 else { return nil }
    return Int(Int32(bitPattern: (0..<4).reduce(0) { $0 | UInt32(code[4 + $1]) << (8 * $1) }))
  }

  private static func functions(in object: [UInt8]) throws -> [String: ArraySlice<UInt8>] {
    let file = ELFBytes(object)
    let header = try ELFHeader(file)
    let reader = header.format.reader(object)
    let sections = try header.sections(in: file)
    guard let table = sections.first(where: { $0.kind == .symbols }), sections.indices.contains(table.link),
      let symbols = reader.part(table.offset, table.byteCount),
      let names = reader.part(sections[table.link].offset, sections[table.link].byteCount)
    else { throw file.malformed("it has no symbols") }
    var functions: [String: ArraySlice<UInt8>] = [:]
    for offset in stride(from: 0, to: symbols.count, by: header.format.symbolByteCount) {
      guard let symbol = header.format.symbol(symbols, at: offset), symbol.kind == .function,
        sections.indices.contains(symbol.section), let name = names.name(symbol.name),
        let section = reader.part(sections[symbol.section].offset, sections[symbol.section].byteCount),
        let code = section.part(Int(clamping: symbol.value), Int(clamping: symbol.byteCount))
      else { continue }
      functions[name] = code.slice
    }
    return functions
  }
}
