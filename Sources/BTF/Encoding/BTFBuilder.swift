//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Builds BTF from individual types, or by changing a copy of another object.
///
/// ```swift
/// var builder = BTFBuilder()
/// let int = builder.add("int", .int(byteCount: 4, BTFType.IntegerEncoding(isSigned: true, bitCount: 32)))
/// builder.add(
///   "event",
///   .structure(
///     byteCount: 8,
///     members: [
///       BTFDefinition.Member("pid", type: int, bitOffset: 0),
///       BTFDefinition.Member("flags", type: int, bitOffset: 32, bitCount: 3),
///     ]))
/// let handle = try builder.types().load()
/// ```
///
/// Ids are assigned in order, and a type may refer to ids that are not yet assigned, so types may refer to each other.
/// Types are validated when they are encoded. The builder makes no system calls.
public struct BTFBuilder: Sendable {
  /// For split BTF, the object that the types extend.
  public let base: BTFTypes?

  /// The id of the builder's first own type: 1, or for split BTF the one after the base's last.
  public let firstID: Int

  /// The types, ascending by id from ``firstID``.
  public private(set) var definitions: [BTFDefinition] = []

  /// Creates a builder without types.
  ///
  /// - Parameter base: for split BTF, the object that the types extend.
  public init(base: BTFTypes? = nil) {
    self.base = base
    firstID = base?.endID ?? 1
  }

  /// Creates a builder with a copy of an object's own types. They keep their ids.
  ///
  /// - Parameter types: the object, in either byte order; if it is split, the builder has the same base.
  public init(copying types: BTFTypes) {
    self.init(base: types.base)
    definitions = (types.firstID..<types.endID).compactMap { types[$0]?.definition }
  }

  /// The id that the next type will get.
  public var endID: Int { firstID + definitions.count }
}

// MARK: - Types

extension BTFBuilder {
  /// Adds a type.
  ///
  /// - Returns: its id.
  @discardableResult
  public mutating func add(_ definition: BTFDefinition) -> Int {
    definitions.append(definition)
    return endID - 1
  }

  /// Adds a named type.
  ///
  /// - Returns: its id.
  @discardableResult
  public mutating func add(_ name: String, _ shape: BTFDefinition.Shape) -> Int {
    add(BTFDefinition(name, shape))
  }

  /// Adds an unnamed type.
  ///
  /// - Returns: its id.
  @discardableResult
  public mutating func add(_ shape: BTFDefinition.Shape) -> Int {
    add(BTFDefinition(shape))
  }

  /// The type with an id, including those of the base; nil for `void`, and if there is none.
  public subscript(id: Int) -> BTFDefinition? {
    definitions.indices.contains(id - firstID) ? definitions[id - firstID] : base?[id]?.definition
  }

  /// Changes a type in place. It keeps its id, so references to it stay valid.
  ///
  /// - Parameters:
  ///   - id: the id of one of the builder's own types.
  ///   - change: changes the type.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the builder has no own type with the id; the errors of `change`.
  public mutating func update(
    _ id: Int, _ change: (inout BTFDefinition) throws(BPFError) -> Void
  ) throws(BPFError) {
    guard definitions.indices.contains(id - firstID) else {
      throw BPFError(.writeBTF, .notFound, "no type of the builder has the id \(id)")
    }
    try change(&definitions[id - firstID])
  }

  /// Changes each of the builder's own types in place. Stops at the first error that `change` throws, and rethrows it.
  public mutating func updateAll<E: Error>(_ change: (inout BTFDefinition) throws(E) -> Void) throws(E) {
    for index in definitions.indices { try change(&definitions[index]) }
  }
}

// MARK: - Adjustments for loading

extension BTFBuilder {
  /// Sets the linkage of a function or variable.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if none of the builder's functions and variables has the id.
  public mutating func setLinkage(_ linkage: BTFType.Linkage, of id: Int) throws(BPFError) {
    try update(id) { (definition) throws(BPFError) in
      switch definition.shape {
      case .function(let prototype, _): definition.shape = .function(prototype: prototype, linkage)
      case .variable(let type, _): definition.shape = .variable(type, linkage)
      case let shape: throw BTFBuilder.wrongKind(id, shape.kind, "a function or variable")
      }
    }
  }

  /// Sets a section's size and its variables' offsets. Compilers leave both to the linker or loader.
  ///
  /// - Parameters:
  ///   - id: the section's id.
  ///   - byteCount: the section's size.
  ///   - offset: returns a variable's byte offset in the section from its id and name; nil leaves it unchanged. The
  ///     variables are then sorted by offset, as the kernel requires.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if none of the builder's sections has the id; the errors of
  ///   `offset`.
  public mutating func layOutSection(
    _ id: Int, byteCount: Int,
    offset: (_ variable: Int, _ name: String) throws(BPFError) -> Int? = { (_, _) throws(BPFError) in nil }
  ) throws(BPFError) {
    guard case .dataSection(_, var variables) = self[id]?.shape else {
      throw BTFBuilder.wrongKind(id, self[id]?.shape.kind ?? .void, "a section")
    }
    for index in variables.indices {
      let variable = variables[index].variable
      guard let byteOffset = try offset(variable, self[variable]?.name ?? "") else { continue }
      variables[index].byteOffset = byteOffset
    }
    variables.sort { $0.byteOffset < $1.byteOffset }
    try update(id) { $0.shape = .dataSection(byteCount: byteCount, variables: variables) }
  }

  private static func wrongKind(_ id: Int, _ kind: BTFKind, _ wanted: String) -> BPFError {
    BPFError(.writeBTF, .notFound, "type \(id) is not \(wanted) but of kind \(kind)")
  }
}

// MARK: - Encoding

extension BTFBuilder {
  /// Returns the types as a BTF object in native byte order; for split BTF without its base.
  ///
  /// Each name is stored once.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.invalidArgument` with the type, if it refers to a missing type, a name
  ///   contains a NUL, or a number is out of range.
  public func encoded() throws(BPFError) -> [UInt8] {
    try encoded(by: BTFEncoder(base: base, endID: endID))
  }

  /// Returns the types as a BTF object that keeps the string section of another object. Other data, such as line
  /// information of programs, refers to strings by offset.
  package func encoded(keepingNamesOf types: BTFTypes) throws(BPFError) -> [UInt8] {
    try encoded(after: types.bytes.copy(types.bytes.strings))
  }

  /// Returns the types as a BTF object whose string section begins with the given strings, each ended by a NUL.
  package func encoded(after strings: [UInt8]) throws(BPFError) -> [UInt8] {
    try encoded(by: BTFEncoder(base: base, endID: endID, after: strings))
  }

  private func encoded(by encoder: consuming BTFEncoder) throws(BPFError) -> [UInt8] {
    var encoder = encoder
    for (index, definition) in definitions.enumerated() {
      try encoder.add(definition, id: firstID + index)
    }
    return encoder.object
  }

  /// Returns the types as an object to inspect or load.
  ///
  /// - Throws: `BPFError`, as ``encoded()``.
  public func types() throws(BPFError) -> BTFTypes {
    try BTFTypes(encoded(), base: base)
  }
}
