//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// Access to the initial values of global variables, which are stored in the contents of the maps.
extension ObjectFile {
  /// Returns the initial bytes of a global variable.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if the object has no such variable.
  public func variableBytes(_ name: String) throws(BPFError) -> [UInt8] {
    let (variable, map) = try place(of: name)
    let contents = maps[map].contents.dropFirst(variable.offset).prefix(variable.size)
    // Missing bytes at the end are zero.
    return contents + [UInt8](repeating: 0, count: variable.size - contents.count)
  }

  /// Sets the initial bytes of a global variable.
  ///
  /// - Parameters:
  ///   - name: the variable.
  ///   - bytes: the value, of the variable's size.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such variable, `BPFError.Code.wrongSize`.
  public mutating func setVariable(_ name: String, toBytes bytes: [UInt8]) throws(BPFError) {
    let (variable, map) = try place(of: name)
    try check(variable, bytes.count)
    let range = variable.offset..<variable.offset + variable.size
    let missing = range.upperBound - maps[map].contents.count
    if missing > 0 { maps[map].contents += [UInt8](repeating: 0, count: missing) }
    maps[map].contents.replaceSubrange(range, with: bytes)
  }

  /// Returns the initial value of a global variable.
  ///
  /// ```swift
  /// let file = try ObjectFile("counter.bpf.o")
  /// let threshold = try file.variable("threshold", as: UInt32.self)
  /// ```
  ///
  /// - Parameters:
  ///   - name: the variable.
  ///   - type: a type with the variable's size for which every bit pattern is valid: an integer, or a structure of
  ///     integers.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such variable, `BPFError.Code.wrongSize`;
  ///   `BPFError.Code.unsupported` if the object has the opposite byte order to this machine's.
  public func variable<Value: BitwiseCopyable>(
    _ name: String, as type: Value.Type = Value.self
  ) throws(BPFError) -> Value {
    let (variable, _) = try place(of: name)
    try check(variable, MemoryLayout<Value>.size)
    try checkOrder(of: variable)
    // The sizes are equal, and the caller guarantees that every bit pattern is a valid value.
    let bytes = try variableBytes(name)
    return unsafe bytes.span.bytes.unsafeLoadUnaligned(as: Value.self)
  }

  /// Sets the initial value of a global variable.
  ///
  /// ```swift
  /// var file = try ObjectFile("counter.bpf.o")
  /// try file.setVariable("threshold", to: UInt32(5))
  /// ```
  ///
  /// - Parameters:
  ///   - name: the variable.
  ///   - value: the value, of the variable's size.
  /// - Throws: `BPFError`; `BPFError.Code.notFound` if the object has no such variable, `BPFError.Code.wrongSize`;
  ///   `BPFError.Code.unsupported` if the object has the opposite byte order to this machine's.
  public mutating func setVariable<Value: BitwiseCopyable>(_ name: String, to value: Value) throws(BPFError) {
    let (variable, _) = try place(of: name)
    try check(variable, MemoryLayout<Value>.size)
    try checkOrder(of: variable)
    let bytes = unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
    try setVariable(name, toBytes: bytes)
  }

  private func place(of name: String) throws(BPFError) -> (VariableDefinition, map: Int) {
    guard let variable = variables[name] else {
      throw BPFError(
        .readObject, .notFound,
        "the object '\(self.name)' has no variable '\(name)'; it has \(ObjectFile.list(variables.names))")
    }
    guard let map = maps.index(named: variable.mapName) else {
      throw BPFError(
        .readObject, .notFound, mapName: variable.mapName,
        "the map of the variable '\(name)' was removed from the object")
    }
    return (variable, map)
  }

  private func check(_ variable: VariableDefinition, _ byteCount: Int) throws(BPFError) {
    guard byteCount == variable.size else {
      throw BPFError(
        .readObject, .wrongSize,
        "the variable '\(variable.name)' has \(variable.size) bytes, and the value \(byteCount)")
    }
  }

  private func checkOrder(of variable: VariableDefinition) throws(BPFError) {
    guard !isByteSwapped else {
      throw BPFError(
        .readObject, .unsupported,
        "the variable '\(variable.name)' has the opposite byte order to this machine's; use its bytes")
    }
  }
}
