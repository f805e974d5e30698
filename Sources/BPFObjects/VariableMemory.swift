//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import SystemPackage

/// The memory of a map of global variables, or of an arena, shared with the programs.
final class VariableMemory: Sendable {
  private let mapping: OwnedMapping
  /// The size of the variables in bytes; the mapping has whole pages.
  let byteCount: Int
  let isWritable: Bool
  /// The map whose memory this is.
  let map: MapHandle

  private init(
    _ map: MapHandle, byteCount: Int, isWritable: Bool, at place: UInt? = nil
  ) throws(Errno) {
    self.byteCount = byteCount
    self.isWritable = isWritable
    self.map = map
    let pages = Page.roundUp(byteCount)
    mapping = try map.withFileDescriptor { (descriptor) throws(Errno) in
      try OwnedMapping(descriptor, byteCount: pages, isWritable: isWritable, at: place)
    }
  }

  /// Maps a map of global variables. Returns nil if it cannot be mapped.
  static func ofGlobals(_ definition: MapDefinition, _ map: MapHandle) throws(BPFError) -> VariableMemory? {
    guard definition.kind.isGlobalData, map.flags.contains(.mmapable), map.access == .readWrite else {
      return nil
    }
    do throws(Errno) {
      return try VariableMemory(
        map, byteCount: map.valueSize, isWritable: definition.kind != .readOnlyData)
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

  /// Maps a whole arena. The first mapping of an arena sets its address for all processes and programs.
  ///
  /// The kernel allocates a page when this process or a program first touches it.
  ///
  /// - Parameter address: the address to map at; 0 for any.
  convenience init(arena map: MapHandle, at address: UInt64) throws(BPFError) {
    do throws(Errno) {
      let (byteCount, isTooLarge) = map.maxEntries.multipliedReportingOverflow(by: Page.size)
      guard !isTooLarge else { throw .noMemory }
      try self.init(
        map, byteCount: byteCount, isWritable: true,
        at: address == 0 ? nil : UInt(truncatingIfNeeded: address))
    } catch {
      throw BPFError(
        .map, error == .noMemory ? .outOfResources : .system, errno: error, .map(name: map.name, id: map.id),
        error == .fileExists
          ? "something else is at the arena's address, 0x\(String(address, radix: 16))"
          : "the \(map.maxEntries) pages of the arena cannot be mapped")
    }
  }

  /// Calls `body` with the memory.
  func withUnsafeBytes<R, E: Error>(_ body: (UnsafeMutableRawBufferPointer) throws(E) -> R) throws(E) -> R {
    defer { withExtendedLifetime(self) {} }
    return unsafe try body(UnsafeMutableRawBufferPointer(start: mapping.base, count: byteCount))
  }

  /// Copies bytes out of the memory. Reads an aligned number of 2, 4 or 8 bytes atomically.
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
