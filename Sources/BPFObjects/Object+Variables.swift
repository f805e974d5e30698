//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFMaps
public import BPFSyscall
internal import SystemPackage

extension Object {
  /// Returns the current bytes of a global variable.
  ///
  /// System calls: mmap(2) at the first use of a variable of a section, then none. `BPF_MAP_LOOKUP_ELEM` for a
  /// section that cannot be mapped: one with only static variables, one with locks or timers, one that was frozen
  /// before its first use, and every section before Linux 5.5.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such variable, and at the first use
  ///   `BPFError.Code.system` if there is no room to map its section.
  public func variableBytes(_ name: String) throws(BPFError) -> [UInt8] {
    let (variable, map) = try location(of: name)
    let range = variable.offset..<variable.offset + variable.size
    if let memory = try memory(of: variable, map) { return memory.read(range) }
    try refuseUnmappedArena(map)
    guard let value = try map.lookup([0, 0, 0, 0]), range.upperBound <= value.count else { return [] }
    return Array(value[range])
  }

  /// Returns the current value of a global variable.
  ///
  /// Aligned integers of up to 8 bytes are read atomically; a larger value may be read while a program writes it.
  ///
  /// ```swift
  /// let object = try ObjectFile("counter.bpf.o").load()
  /// let hits = try object.variable("hits", as: UInt64.self)
  /// ```
  ///
  /// - Parameters:
  ///   - name: the variable.
  ///   - type: a type with the variable's size for which every bit pattern is valid: an integer, or a structure of
  ///     integers.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such variable, `BPFError.Code.wrongSize`.
  public func variable<Value: BitwiseCopyable>(
    _ name: String, as type: Value.Type = Value.self
  ) throws(BPFError) -> Value {
    let (variable, _) = try location(of: name)
    try check(variable, MemoryLayout<Value>.size)
    let bytes = try variableBytes(name)
    // The sizes are equal, and the caller guarantees that every bit pattern is a valid value.
    return unsafe bytes.span.bytes.unsafeLoadUnaligned(as: Value.self)
  }

  /// Sets a global variable. Programs see the new value immediately.
  ///
  /// If the section cannot be mapped, because it holds locks or timers or the kernel is older than 5.5, the whole
  /// section is read and written: changes that programs make to its other variables in between are lost.
  ///
  /// System calls: mmap(2) at the first use of a variable of a section, then none. `BPF_MAP_LOOKUP_ELEM` and
  /// `BPF_MAP_UPDATE_ELEM` for a section that cannot be mapped.
  ///
  /// - Parameters:
  ///   - name: the variable.
  ///   - value: the value, of the variable's size.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such variable, `BPFError.Code.wrongSize`;
  ///   `BPFError.Code.frozen` for constants, which are set before the object is loaded; `BPFError.Code.unsupported` for
  ///   static variables of a section without others, which is not mapped.
  public func setVariable<Value: BitwiseCopyable>(_ name: String, to value: Value) throws(BPFError) {
    try setVariable(name, toBytes: unsafe withUnsafeBytes(of: value) { unsafe Array($0) })
  }

  /// Sets a global variable to bytes. See ``setVariable(_:to:)``.
  public func setVariable(_ name: String, toBytes bytes: [UInt8]) throws(BPFError) {
    let (variable, map) = try location(of: name)
    try check(variable, bytes.count)
    if variable.isReadOnly {
      throw BPFError(
        .update, .frozen, .map(name: variable.mapName, id: map.id),
        "'\(name)' is a constant: set it in the ObjectFile, before the object is loaded")
    }
    let range = variable.offset..<variable.offset + variable.size
    if let memory = try memory(of: variable, map) { return memory.write(bytes, at: variable.offset) }
    try refuseUnmappedArena(map)
    guard file.maps[variable.mapName]?.flags.contains(.mmapable) == true else {
      throw BPFError(
        .update, .unsupported, .map(name: variable.mapName, id: map.id),
        "'\(name)' is static, like all of its section: make it global, so that its memory is shared"
      )
    }
    guard var value = try map.lookup([0, 0, 0, 0]), range.upperBound <= value.count else { return }
    value.replaceSubrange(range, with: bytes)
    try map.update([0, 0, 0, 0], to: value)
  }

  /// Returns the mapped memory that holds a variable, or nil if it is not mapped.
  private func memory(
    of variable: VariableDefinition, _ map: MapHandle
  ) throws(BPFError) -> VariableMemory? {
    guard let definition = file.maps[variable.mapName],
      let memory = try memories.memory(of: definition, map),
      variable.offset + variable.size <= memory.byteCount
    else { return nil }
    return memory
  }

  /// Throws for an arena that existed before the object: other processes chose its address.
  private func refuseUnmappedArena(_ map: MapHandle) throws(BPFError) {
    guard map.type == .arena else { return }
    throw BPFError(
      .map, .unsupported, .map(name: map.name, id: map.id),
      "another process has mapped the arena at an address that the kernel does not tell: create it with an address"
    )
  }

  func location(of name: String) throws(BPFError) -> (VariableDefinition, MapHandle) {
    guard let variable = file.variables[name] else {
      throw BPFError(
        .lookup, .notFound,
        "the object '\(self.name)' has no variable '\(name)'; it has \(ObjectFile.list(file.variables.names))"
      )
    }
    guard let map = maps[variable.mapName] else {
      throw BPFError(
        .lookup, .notFound, mapName: variable.mapName, "the map of the variable '\(name)' was not created")
    }
    return (variable, map)
  }

  private func check(_ variable: VariableDefinition, _ byteCount: Int) throws(BPFError) {
    guard byteCount == variable.size else {
      throw BPFError(
        .lookup, .wrongSize, mapName: variable.mapName,
        "the variable '\(variable.name)' has \(variable.size) bytes, and the value \(byteCount)")
    }
  }
}

// MARK: - Arenas

extension Object {
  /// Returns an arena of the object, which its programs share with this process.
  ///
  /// ```swift
  /// struct Node: BitwiseCopyable {
  ///   var next: ArenaPointer<Node>
  ///   var value: UInt64
  /// }
  ///
  /// let object = try ObjectFile("list.bpf.o").load()
  /// if let arena = object.arena("region") {
  ///   let first = ArenaPointer<Node>(address: try object.variable("first", as: UInt64.self))
  ///   print(try arena.load(first).value)
  /// }
  /// ```
  ///
  /// To share an arena, let other objects use it: `try file.use(existing: arena.handle, for: "region")`.
  ///
  /// System calls: none. Linux 6.9.
  ///
  /// - Parameter name: the arena's name in the object.
  /// - Returns: the arena, or nil if the object has no such arena, or one that another process has mapped at an
  ///   address that the kernel does not tell.
  public func arena(_ name: String) -> Arena? { memories.arena(named: name)?.arena }

  /// Calls `body` with the memory of an arena, which programs and this process share, mapped at the address that
  /// pointers in it use.
  ///
  /// The object maps each of its arenas completely; variables in an arena are at its start. ``arena(_:)`` has checked
  /// access to values. Programs write
  /// the memory at any time: read their data atomically, or after the program has run.
  ///
  /// System calls: none. Linux 6.9.
  ///
  /// - Parameters:
  ///   - name: the arena's name in the object.
  ///   - body: receives the memory, valid until it returns. A page is allocated when it is first touched; in an arena
  ///     with `MapCreateFlags.segvOnFault` only programs allocate pages, and touching others ends the process.
  /// - Returns: the result of `body`, or nil if the object has mapped no such arena.
  /// - Throws: the error of `body`.
  @unsafe
  public func withUnsafeArena<R, E: Error>(
    _ name: String, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R? {
    guard let memory = memories.arena(named: name) else { return nil }
    return try unsafe memory.withUnsafeBytes(body)
  }
}
