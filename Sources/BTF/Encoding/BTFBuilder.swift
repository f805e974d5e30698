//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Builds BTF: types one by one, or all of another object's with changes.
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
/// Ids are given out in turn, and a type may name ids that are not there yet, so that types may refer to each other.
/// Nothing is checked before the types are encoded. No system call.
public struct BTFBuilder: Sendable {
  /// For split BTF, the object that the types build on.
  public let base: BTFTypes?

  /// The id of the first type that is the builder's own: 1, or for split BTF the one after the base's last.
  public let firstID: Int

  /// The types, ascending by id from ``firstID`` on.
  public private(set) var definitions: [BTFDefinition] = []

  /// A builder without a type.
  ///
  /// - Parameter base: for split BTF, the object that the types build on.
  public init(base: BTFTypes? = nil) {
    self.base = base
    firstID = base?.endID ?? 1
  }

  /// A builder with all types that are an object's own, which keep their ids.
  ///
  /// - Parameter types: the object, in either byte order; if it is split, the builder has its base.
  public init(copying types: BTFTypes) {
    self.init(base: types.base)
    definitions = (types.firstID..<types.endID).compactMap { types[$0]?.definition }
  }

  /// The id that the next type gets.
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

  /// Adds a type with a name.
  ///
  /// - Returns: its id.
  @discardableResult
  public mutating func add(_ name: String, _ shape: BTFDefinition.Shape) -> Int {
    add(BTFDefinition(name, shape))
  }

  /// Adds a type without a name.
  ///
  /// - Returns: its id.
  @discardableResult
  public mutating func add(_ shape: BTFDefinition.Shape) -> Int {
    add(BTFDefinition(shape))
  }

  /// The type with an id; nil for `void`, and if there is none. Those of the base are there too.
  public subscript(id: Int) -> BTFDefinition? {
    definitions.indices.contains(id - firstID) ? definitions[id - firstID] : base?[id]?.definition
  }

  /// Changes a type where it is: its id stays what it is, and whatever refers to it refers to what it has become.
  ///
  /// - Parameters:
  ///   - id: the id of one of the builder's own types.
  ///   - change: what to do with it.
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if it is no id of the builder's own; what `change` throws.
  public mutating func update(
    _ id: Int, _ change: (inout BTFDefinition) throws(BPFError) -> Void
  ) throws(BPFError) {
    guard definitions.indices.contains(id - firstID) else {
      throw BPFError(.writeBTF, .notFound, "there is no type \(id) of its own to change")
    }
    try change(&definitions[id - firstID])
  }

  /// Changes every type of the builder's own, in place. What `change` throws ends that, and is thrown.
  public mutating func updateAll<E: Error>(_ change: (inout BTFDefinition) throws(E) -> Void) throws(E) {
    for index in definitions.indices { try change(&definitions[index]) }
  }
}

// MARK: - What loading an object changes

extension BTFBuilder {
  /// Changes who sees a function or variable.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if the id is no function's or variable's of the builder's own.
  public mutating func setLinkage(_ linkage: BTFType.Linkage, of id: Int) throws(BPFError) {
    try update(id) { (definition) throws(BPFError) in
      switch definition.shape {
      case .function(let prototype, _): definition.shape = .function(prototype: prototype, linkage)
      case .variable(let type, _): definition.shape = .variable(type, linkage)
      case let shape: throw BTFBuilder.wrongKind(id, shape.kind, "a function or variable")
      }
    }
  }

  /// Gives a section its size, and its variables their places: compilers leave both to whoever links or loads.
  ///
  /// - Parameters:
  ///   - id: the section's id.
  ///   - byteCount: the section's size.
  ///   - place: for a variable's id and name, its offset from the beginning of the section in bytes; nil to leave it
  ///     as it is. The variables are then put in the order of their places, as the kernel wants them.
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if the id is no section's of the builder's own; what `place`
  ///   throws.
  public mutating func layOutSection(
    _ id: Int, byteCount: Int,
    place: (_ variable: Int, _ name: String) throws(BPFError) -> Int? = { (_, _) throws(BPFError) in nil }
  ) throws(BPFError) {
    guard case .dataSection(_, var variables) = self[id]?.shape else {
      throw BTFBuilder.wrongKind(id, self[id]?.shape.kind ?? .void, "a section")
    }
    for index in variables.indices {
      let variable = variables[index].variable
      guard let offset = try place(variable, self[variable]?.name ?? "") else { continue }
      variables[index].byteOffset = offset
    }
    variables.sort { $0.byteOffset < $1.byteOffset }
    try update(id) { $0.shape = .dataSection(byteCount: byteCount, variables: variables) }
  }

  private static func wrongKind(_ id: Int, _ kind: BTFKind, _ wanted: String) -> BPFError {
    BPFError(.writeBTF, .notFound, "type \(id) is not \(wanted) but of the kind \(kind)")
  }
}

// MARK: - Encoding

extension BTFBuilder {
  /// The types as a BTF object, in this machine's byte order; of split BTF without its base.
  ///
  /// Each name is there once.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.invalidArgument` and the type, if it refers to a type that is not there,
  ///   if a name has a NUL in it, or if a number does not fit where BTF has it.
  public func encoded() throws(BPFError) -> [UInt8] {
    try encoded(by: BTFEncoder(base: base, endID: endID))
  }

  /// The types as a BTF object, with all names of another object where they are in that: there are others than types
  /// that know names by their places, such as the lines of programs.
  package func encoded(keepingNamesOf types: BTFTypes) throws(BPFError) -> [UInt8] {
    try encoded(by: BTFEncoder(base: base, endID: endID, after: types.bytes.copy(types.bytes.strings)))
  }

  private func encoded(by encoder: consuming BTFEncoder) throws(BPFError) -> [UInt8] {
    var encoder = encoder
    for (index, definition) in definitions.enumerated() {
      try encoder.add(definition, id: firstID + index)
    }
    return encoder.object
  }

  /// The types as an object to look at or to load.
  ///
  /// - Throws: `BPFError`, as ``encoded()``.
  public func types() throws(BPFError) -> BTFTypes {
    try BTFTypes(encoded(), base: base)
  }
}
