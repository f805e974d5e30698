//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall
internal import SystemPackage

/// The memory of a map of global variables, shared with the programs.
final class VariableMemory: Sendable {
  private let mapping: OwnedMapping
  /// Bytes of the variables; the mapping is whole pages.
  let byteCount: Int
  let isWritable: Bool
  /// The map it is of.
  let map: MapHandle

  private init(_ map: MapHandle, isWritable: Bool) throws(Errno) {
    byteCount = map.valueSize
    self.isWritable = isWritable
    self.map = map
    let pages = (map.valueSize + Page.size - 1) / Page.size * Page.size
    mapping = try map.withFileDescriptor { (descriptor) throws(Errno) in
      try OwnedMapping(descriptor, byteCount: pages, isWritable: isWritable)
    }
  }

  /// The memories of all maps of global variables that can be mapped.
  static func all(of file: ObjectFile, _ maps: [String: MapHandle]) throws(BPFError) -> [String:
    VariableMemory]
  {
    var memories: [String: VariableMemory] = [:]
    for definition in file.maps where definition.kind.isGlobalData {
      guard let map = maps[definition.name], map.flags.contains(.mmapable), map.access == .readWrite else {
        continue
      }
      let isWritable = definition.kind != .readOnlyData
      do throws(Errno) {
        memories[definition.name] = try VariableMemory(map, isWritable: isWritable)
      } catch {
        // What has locks or timers in it is not shared.
        if error == .notSupportedByKernel { continue }
        throw BPFError(
          .map, .system, errno: error, .map(name: definition.name, id: map.id),
          "the memory of the global variables cannot be mapped")
      }
    }
    return memories
  }

  /// Copies bytes out of the memory. A number of 2, 4 or 8 bytes is read whole if it stands on its boundary.
  func read(_ range: Range<Int>) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: range.count) { bytes, count in
      unsafe SharedBytes.copy(
        UnsafeRawPointer(mapping.base + range.lowerBound), to: UnsafeMutableRawPointer(bytes.baseAddress),
        range.count)
      count = range.count
    }
  }

  /// Copies bytes into the memory.
  func write(_ bytes: [UInt8], at offset: Int) {
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe SharedBytes.copy(bytes.baseAddress, to: mapping.base + offset, bytes.count)
    }
  }
}

/// Copies between memory that programs change and memory of one's own.
private enum SharedBytes {
  /// Copies bytes; those that are one number, and stand on its boundary on both sides, at once.
  static func copy(_ source: UnsafeRawPointer?, to target: UnsafeMutableRawPointer?, _ count: Int) {
    guard let source = unsafe source, let target = unsafe target else { return }
    let places = UInt(bitPattern: source) | UInt(bitPattern: target)
    switch count {
    case 8 where places % 8 == 0: unsafe target.storeBytes(of: source.load(as: UInt64.self), as: UInt64.self)
    case 4 where places % 4 == 0: unsafe target.storeBytes(of: source.load(as: UInt32.self), as: UInt32.self)
    case 2 where places % 2 == 0: unsafe target.storeBytes(of: source.load(as: UInt16.self), as: UInt16.self)
    default: unsafe target.copyMemory(from: source, byteCount: count)
    }
  }
}

// MARK: - Variables

extension Object {
  /// The value of a global variable now, as its bytes.
  ///
  /// System calls: none; for a section with static variables alone, which is not mapped, `BPF_MAP_LOOKUP_ELEM`.
  ///
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if the object has no such variable.
  public func variableBytes(_ name: String) throws(BPFError) -> [UInt8] {
    let (variable, map) = try place(of: name)
    let range = variable.offset..<variable.offset + variable.size
    if let memory = memories[variable.mapName], range.upperBound <= memory.byteCount {
      return memory.read(range)
    }
    guard let value = try map.lookup([0, 0, 0, 0]), range.upperBound <= value.count else { return [] }
    return Array(value[range])
  }

  /// The value of a global variable now.
  ///
  /// Numbers are read whole; what is larger may be read while a program writes it.
  ///
  /// ```swift
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
  /// System calls: none.
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
    guard let memory = memories[variable.mapName], variable.offset + variable.size <= memory.byteCount else {
      throw BPFError(
        .update, .unsupported, .map(name: variable.mapName, id: map.id),
        "'\(name)' is static, and nothing in its section is not: make it global, so that its memory is shared"
      )
    }
    memory.write(bytes, at: variable.offset)
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
