//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import SystemPackage

/// The memory of a map of global variables, or of an arena, shared with the programs.
@safe final class VariableMemory: Sendable {
  /// The mapping of global variables.
  private let mapping: OwnedMapping?
  /// The arena; nil for global variables.
  let arena: Arena?
  /// The address of the first byte, valid while this object exists.
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer
  /// The size of the variables in bytes; the mapping has whole pages.
  let byteCount: Int
  let isWritable: Bool
  /// The map whose memory this is.
  let map: MapHandle

  private init(globals map: MapHandle, isWritable: Bool) throws(Errno) {
    (self.byteCount, self.isWritable, self.map) = (map.valueSize, isWritable, map)
    let pages = Page.roundUp(byteCount)
    let mapping = try map.withFileDescriptor { (descriptor) throws(Errno) in
      try OwnedMapping(descriptor, byteCount: pages, isWritable: isWritable)
    }
    unsafe base = mapping.base
    self.mapping = consume mapping
    arena = nil
  }

  /// Creates the memory of an arena. It begins with the variables.
  init(arena: Arena) {
    (byteCount, isWritable, map) = (arena.byteCount, true, arena.handle)
    unsafe base = arena.withUnsafeBytes { unsafe $0.baseAddress.unsafelyUnwrapped }
    mapping = nil
    self.arena = arena
  }

  /// Maps a map of global variables. Returns nil if it cannot be mapped.
  static func ofGlobals(_ definition: MapDefinition, _ map: MapHandle) throws(BPFError) -> VariableMemory? {
    guard definition.kind.isGlobalData, map.flags.contains(.mmapable), map.access == .readWrite else {
      return nil
    }
    do throws(Errno) {
      return try VariableMemory(globals: map, isWritable: definition.kind != .readOnlyData)
    } catch {
      switch error {
      // Values with locks or timers cannot be mapped; a map that was frozen since cannot be mapped for writing.
      case .notSupportedByKernel, .notPermitted: return nil
      default:
        throw BPFError(
          .map, .system, errno: error, .map(name: definition.name, id: map.id),
          "the memory of the global variables cannot be mapped")
      }
    }
  }

  /// Calls `body` with the memory.
  func withUnsafeBytes<R, E: Error>(_ body: (UnsafeMutableRawBufferPointer) throws(E) -> R) throws(E) -> R {
    defer { withExtendedLifetime(self) {} }
    return unsafe try body(UnsafeMutableRawBufferPointer(start: base, count: byteCount))
  }

  /// Copies bytes out of the memory. Reads an aligned number of 2, 4 or 8 bytes atomically.
  func read(_ range: Range<Int>) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: range.count) { bytes, count in
      unsafe SharedBytes.copy(
        UnsafeRawPointer(base + range.lowerBound), to: UnsafeMutableRawPointer(bytes.baseAddress),
        range.count)
      count = range.count
    }
  }

  /// Copies bytes into the memory.
  func write(_ bytes: [UInt8], at offset: Int) {
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe SharedBytes.copy(bytes.baseAddress, to: base + offset, bytes.count)
    }
  }
}

/// Copies between memory that programs change and private memory.
private enum SharedBytes {
  /// Copies bytes. Copies an aligned number of 2, 4 or 8 bytes in one access.
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
