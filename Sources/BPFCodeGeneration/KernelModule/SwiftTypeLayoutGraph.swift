//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// A failure to find the layout of a Swift type.
package struct SwiftTypeLayoutError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// The structures and enumerations of a Swift module with their stored properties and cases, from the module's symbol graph.
///
/// The compiler writes the graph with the module:
/// `-emit-symbol-graph -emit-symbol-graph-dir DIRECTORY -symbol-graph-minimum-access-level private`.
package struct SwiftTypeLayoutGraph: Sendable {
  /// The mangled names in the graph that ``SwiftTypeLayoutMembers`` needs demangled.
  package let mangledNames: [String]

  fileprivate let module: String
  fileprivate let types: [Symbol]
  fileprivate let members: [String: [Symbol]]

  /// A declaration in the graph.
  fileprivate struct Symbol {
    var mangledName: String
    var kind: String
    var name: String
    /// Whether the declaration of a property shows accessors. Those of a stored property with a restricted setter, too.
    var hasAccessors: Bool
    var isConstant: Bool
    var isAccessible: Bool
    /// The mangled name of the property wrapper; nil without one.
    var wrapper: String?
    var position: Position
  }

  /// - Parameters:
  ///   - json: the contents of `MODULE.symbols.json`.
  ///   - source: returns the text of a source file by the URL in the graph; nil if it cannot be read.
  package init(json: [UInt8], source: (String) -> String?) throws(SwiftTypeLayoutError) {
    let graph: GraphFile
    do { graph = try GraphFile(JSONReader.value(in: String(decoding: json, as: UTF8.self))) } catch {
      throw SwiftTypeLayoutError("the symbol graph of the Swift compiler is not as expected: \(error)")
    }
    module = graph.module
    var sources: [String: SourceLines] = [:]
    var symbols: [String: Symbol] = [:]
    for symbol in graph.symbols where !symbol.identifier.contains("::") && symbol.identifier.hasPrefix("s:") {
      guard ["swift.struct", "swift.enum", "swift.property", "swift.enum.case"].contains(symbol.kind) else {
        continue
      }
      var hasAccessors = symbol.declaration.contains { $0.contains("{") }
      if hasAccessors, symbol.kind == "swift.property" {
        let lines = sources[symbol.file] ?? SourceLines(source(symbol.file) ?? "")
        sources[symbol.file] = lines
        hasAccessors = lines.hasAccessors(at: symbol.position)
      }
      symbols[symbol.identifier] = Symbol(
        mangledName: "$s" + symbol.identifier.dropFirst(2), kind: symbol.kind, name: symbol.name,
        hasAccessors: hasAccessors, isConstant: symbol.declaration.contains("let"),
        isAccessible: ["public", "package"].contains(symbol.access),
        wrapper: symbol.attribute.map { "$s" + $0.dropFirst(2) }, position: symbol.position)
    }
    var members: [String: [Symbol]] = [:]
    for relationship in graph.relationships where relationship.kind == "memberOf" {
      guard let member = symbols[relationship.source], let type = symbols[relationship.target] else {
        continue
      }
      members[type.mangledName, default: []].append(member)
    }
    types = symbols.values.filter { $0.kind == "swift.struct" || $0.kind == "swift.enum" }
    self.members = members.mapValues { $0.sorted { $0.position < $1.position } }
    let named = symbols.values.filter { $0.kind != "swift.enum.case" }
    mangledNames = named.map(\.mangledName) + Set(named.compactMap(\.wrapper)).sorted()
  }
}

// MARK: - Files

/// The part of a symbol graph's format that is read.
private struct GraphFile {
  struct Symbol {
    var kind: String
    var identifier: String
    var name: String
    var access: String
    /// The words of the declaration.
    var declaration: [String]
    /// The identifier of the type that an attribute names, such as a property wrapper.
    var attribute: String?
    var file: String
    var position: Position
  }

  struct Relationship {
    var kind: String
    var source: String
    var target: String
  }

  private(set) var module = ""
  private(set) var symbols: [Symbol] = []
  private(set) var relationships: [Relationship] = []

  /// - Parameter value: a graph; symbols without a location are left out: they are not in a source of the module.
  init(_ value: JSONValue) throws(SwiftTypeLayoutError) {
    guard let symbols = value["symbols"]?.elements, let relationships = value["relationships"]?.elements
    else {
      throw SwiftTypeLayoutError("it has no symbols or no relationships")
    }
    module = value["module"]?["name"]?.text ?? ""
    self.symbols = symbols.compactMap(Symbol.init)
    self.relationships = relationships.compactMap { value in
      guard let kind = value["kind"]?.text, let source = value["source"]?.text,
        let target = value["target"]?.text
      else { return nil }
      return Relationship(kind: kind, source: source, target: target)
    }
  }
}

extension GraphFile.Symbol {
  init?(_ value: JSONValue) {
    guard let kind = value["kind"]?["identifier"]?.text,
      let identifier = value["identifier"]?["precise"]?.text,
      let name = value["pathComponents"]?.elements.last?.text, let location = value["location"],
      let file = location["uri"]?.text, let line = location["position"]?["line"]?.integer,
      let character = location["position"]?["character"]?.integer
    else { return nil }
    (self.kind, self.identifier, self.name, self.file) = (kind, identifier, name, file)
    access = value["accessLevel"]?.text ?? ""
    let fragments = value["declarationFragments"]?.elements ?? []
    declaration = fragments.compactMap { $0["spelling"]?.text }
    attribute =
      fragments.lazy.filter { $0["kind"]?.text == "attribute" }.compactMap {
        $0["preciseIdentifier"]?.text
      }.first
    position = Position(line: line, character: character)
  }
}

extension JSONValue {
  fileprivate subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  fileprivate var elements: [JSONValue] {
    guard case .array(let elements) = self else { return [] }
    return elements
  }

  fileprivate var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  fileprivate var integer: Int? {
    guard case .number(let number) = self else { return nil }
    return number.integer.flatMap { Int(exactly: $0.magnitude) }
  }
}

/// A position in a source file, both numbers from 0; characters are counted in UTF-8.
private struct Position: Comparable {
  var line: Int
  var character: Int

  static func < (left: Position, right: Position) -> Bool {
    (left.line, left.character) < (right.line, right.character)
  }
}

/// The lines of a source file.
private struct SourceLines {
  private let lines: [Substring.UTF8View]

  init(_ text: String) {
    lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(\.utf8)
  }

  /// Returns whether a brace follows the name and type of the property that is declared at a position.
  ///
  /// A symbol graph writes `{ get }` both for a computed property and for a stored one with a private setter.
  func hasAccessors(at position: Position) -> Bool {
    guard lines.indices.contains(position.line) else { return true }
    let rest = lines[position.line].dropFirst(position.character)
    let declaration = rest.prefix { !"=;}/".utf8.contains($0) }
    if declaration.contains(UInt8(ascii: "{")) { return true }
    guard declaration.count == rest.count, lines.indices.contains(position.line + 1) else { return false }
    return lines[position.line + 1].first { $0 != UInt8(ascii: " ") && $0 != 9 } == UInt8(ascii: "{")
  }
}

// MARK: - Members

/// The stored properties of structures, and the cases of enumerations, by the path of their type.
package struct SwiftTypeLayoutMembers: Sendable {
  /// A stored property.
  struct Field: Hashable, Sendable {
    var name: String
    var type: SwiftTypeLayoutName
    /// Whether it is a `let`, whose address Swift does not give.
    var isConstant: Bool
    /// The property that is stored: `_name` for one with a property wrapper.
    var storedName: String

    init(_ name: String, _ type: SwiftTypeLayoutName, isConstant: Bool = false, storedName: String? = nil) {
      (self.name, self.type, self.isConstant) = (name, type, isConstant)
      self.storedName = storedName ?? name
    }
  }

  private(set) var fields: [String: [Field]] = [:]
  private(set) var cases: [String: [String]] = [:]
  /// The paths of the types that other modules cannot name.
  package private(set) var internalTypes: Set<String> = []

  /// - Parameters:
  ///   - graphs: the graphs of the module and of modules that it imports.
  ///   - demangled: the text that `swift-demangle --compact` writes for each of their mangled names.
  package init(_ graphs: [SwiftTypeLayoutGraph], demangled: [String: String]) {
    for graph in graphs {
      for type in graph.types {
        guard let text = demangled[type.mangledName] else { continue }
        let path = SwiftTypeLayoutName(text).path
        // A module that exports another one has its types, but only their public members.
        guard path.hasPrefix(graph.module + ".") else { continue }
        let members = graph.members[type.mangledName] ?? []
        if !type.isAccessible { internalTypes.insert(path) }
        if type.kind == "swift.enum" {
          cases[path] = members.filter { $0.kind == "swift.enum.case" }.map(\.name)
        } else {
          fields[path] = members.compactMap { Field($0, demangled) }
        }
      }
    }
  }
}

extension SwiftTypeLayoutMembers.Field {
  /// Returns nil for what is not a stored property.
  fileprivate init?(_ member: SwiftTypeLayoutGraph.Symbol, _ demangled: [String: String]) {
    guard member.kind == "swift.property", !member.hasAccessors, let text = demangled[member.mangledName],
      let colon = text.firstRange(of: " : ")
    else { return nil }
    let type = String(text[colon.upperBound...])
    guard let wrapper = member.wrapper.flatMap({ demangled[$0] }) else {
      self.init(member.name, SwiftTypeLayoutName(type), isConstant: member.isConstant)
      return
    }
    self.init(member.name, SwiftTypeLayoutName("\(wrapper)<\(type)>"), storedName: "_" + member.name)
  }
}
