//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall
internal import SystemPackage

extension Object {
  /// The value of a global variable now, as its bytes.
  ///
  /// System calls: mmap(2) at the first use of a variable of a section, and then none; for a section that cannot be mapped,
  /// `BPF_MAP_LOOKUP_ELEM`: one of static variables alone, one with locks or timers in it, one that somebody froze before
  /// its first use, and all of kernels before 5.5.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such variable, and at the first use
  ///   `BPFError.Code.system` if there is no room to map its section.
  public func variableBytes(_ name: String) throws(BPFError) -> [UInt8] {
    let (variable, map) = try place(of: name)
    let range = variable.offset..<variable.offset + variable.size
    if let memory = try memory(of: variable, map) { return memory.read(range) }
    try refuseUnmappedArena(map)
    guard let value = try map.lookup([0, 0, 0, 0]), range.upperBound <= value.count else { return [] }
    return Array(value[range])
  }

  /// The value of a global variable now.
  ///
  /// Numbers are read whole; what is larger may be read while a program writes it.
  ///
  /// ```swift
  /// let object = try ObjectFile("counter.bpf.o").load()
  /// let hits = try object.variable("hits", as: UInt64.self)
  /// ```
  ///
  /// - Parameters:
  ///   - name: the variable.
  ///   - type: a type of as many bytes as the variable has, every pattern of which is a value: an integer, or a structure
  ///     of such.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such variable, `BPFError.Code.wrongSize`.
  public func variable<Value: BitwiseCopyable>(
    _ name: String, as type: Value.Type = Value.self
  ) throws(BPFError) -> Value {
    let (variable, _) = try place(of: name)
    try check(variable, MemoryLayout<Value>.size)
    let bytes = try variableBytes(name)
    // As many bytes as the type has, and whoever names the type says that all bytes are a value of it.
    return unsafe bytes.span.bytes.unsafeLoadUnaligned(as: Value.self)
  }

  /// Sets a global variable, which programs see from then on.
  ///
  /// Where the section cannot be mapped, because locks or timers are in it, or the kernel is older than 5.5, all of it is
  /// read and written: what programs change of the section's other variables in between is lost.
  ///
  /// System calls: mmap(2) at the first use of a variable of a section, and then none; where the section cannot be mapped
  /// `BPF_MAP_LOOKUP_ELEM` and `BPF_MAP_UPDATE_ELEM`.
  ///
  /// - Parameters:
  ///   - name: the variable.
  ///   - value: the value, of a type of as many bytes as the variable has.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such variable, `BPFError.Code.wrongSize`;
  ///   `BPFError.Code.frozen` for constants, which are set before the object is loaded; `BPFError.Code.unsupported` for
  ///   static variables of a section without others, which is not mapped.
  public func setVariable<Value: BitwiseCopyable>(_ name: String, to value: Value) throws(BPFError) {
    try setVariable(name, toBytes: unsafe withUnsafeBytes(of: value) { unsafe Array($0) })
  }

  /// Sets a global variable to bytes. See ``setVariable(_:to:)``.
  public func setVariable(_ name: String, toBytes bytes: [UInt8]) throws(BPFError) {
    let (variable, map) = try place(of: name)
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
        "'\(name)' is static, and nothing in its section is not: make it global, so that its memory is shared"
      )
    }
    guard var value = try map.lookup([0, 0, 0, 0]), range.upperBound <= value.count else { return }
    value.replaceSubrange(range, with: bytes)
    try map.update([0, 0, 0, 0], to: value)
  }

  /// The memory that a variable is in; nil if it is not mapped.
  private func memory(
    of variable: VariableDefinition, _ map: MapHandle
  ) throws(BPFError) -> VariableMemory? {
    guard let definition = file.maps[variable.mapName],
      let memory = try memories.memory(of: definition, map),
      variable.offset + variable.size <= memory.byteCount
    else { return nil }
    return memory
  }

  /// An arena that was there before the object is where others mapped it.
  private func refuseUnmappedArena(_ map: MapHandle) throws(BPFError) {
    guard map.type == .arena else { return }
    throw BPFError(
      .map, .unsupported, .map(name: map.name, id: map.id),
      "the arena was not created with the object, so that its memory is not mapped for it")
  }

  private func place(of name: String) throws(BPFError) -> (VariableDefinition, MapHandle) {
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
  /// Lends the memory of an arena: what programs and this process have in common, at the address that pointers in it
  /// lead to.
  ///
  /// The object maps all of each arena that it creates, and the variables in an arena are at its beginning. Others write
  /// the memory at any time: whoever reads what a program writes must do so atomically, or when the program has run.
  ///
  /// System calls: none. Linux 6.9.
  ///
  /// - Parameters:
  ///   - name: the arena's name in the object.
  ///   - body: gets the memory, which is good until it returns. A page comes to be when it is touched; in an arena with
  ///     `MapCreateFlags.segvOnFault` only by what programs do, and touching others ends the process.
  /// - Returns: what `body` returned; nil if the object has created no such arena.
  /// - Throws: what `body` threw.
  @unsafe
  public func withUnsafeArena<R, E: Error>(
    _ name: String, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R? {
    guard let memory = memories.arena(named: name) else { return nil }
    return try unsafe memory.withUnsafeBytes(body)
  }
}
