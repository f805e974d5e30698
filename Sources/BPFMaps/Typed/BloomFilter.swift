//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A set that can be asked whether a value is in it, and answers "perhaps" or "certainly not".
///
/// Values can be added, and neither listed nor removed. Padding decides nothing here either: values equal field by
/// field are one.
///
/// ```swift
/// let seen = try BloomFilter<UInt64>(name: "seen", maxEntries: 10_000)
/// try seen.insert(42)
/// print(try seen.mayContain(42), try seen.mayContain(43))
/// ```
public struct BloomFilter<Value: BitwiseCopyable>: KeylessMap {
  /// The map under it.
  public let handle: MapHandle
  /// How values lie in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: how many values the filter is made for. It takes more, and is wrong more often then.
  ///   - hashes: how many bits stand for a value, from 1 to 15. More are slower, and up to a point less often wrong.
  ///   - options: flags, and what else the kernel takes.
  /// - Throws: `BPFError`; with `BPFError.Code.typeMismatch` if the type cannot be a filter's.
  public init(
    name: String = "", maxEntries: Int, hashes: Int = 5, options: MapOptions = MapOptions()
  ) throws(BPFError) {
    guard (1...15).contains(hashes) else {
      throw BPFError(
        .create, .invalidArgument, mapName: name, "a Bloom filter has 1 to 15 hashes, not \(hashes)")
    }
    var options = options
    options.extra = UInt64(hashes)
    _ = try Self.layout(MemoryLayout<Value>.stride, .create)
    (handle, valueLayout) = try Self.create(.bloomFilter, name, maxEntries, options)
  }

  /// Sees an open map through this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    valueLayout = try Self.prove(handle, .bloomFilter, checkingTypes)
    _ = try Self.layout(handle.valueSize, .open)
    self.handle = handle
  }

  /// A filter's values are compared as keys are.
  private static func layout(
    _ byteCount: Int, _ operation: BPFError.Operation
  ) throws(BPFError) -> ElementLayout<Value> {
    try MapShape.layout(of: Value.self, as: .key, byteCount: byteCount, operation)
  }

  /// Adds a value.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation. Linux 5.16.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.frozen`, `BPFError.Code.readOnly`.
  @inlinable
  public func insert(_ value: Value) throws(BPFError) {
    let errno = unsafe valueLayout.withBytes(of: value) { unsafe handle.update(at: nil, to: $0, []) }
    if errno != 0 { throw handle.elementFailure(.update, errno, []) }
  }

  /// Whether a value may have been added: true means perhaps, false certainly not.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 5.16.
  ///
  /// - Throws: `BPFError`; `BPFError.Code.writeOnly` if the handle may not read.
  public func mayContain(_ value: Value) throws(BPFError) -> Bool {
    // The kernel reads the value that a filter is asked for, and writes none.
    let errno = unsafe valueLayout.withBytes(of: value) {
      unsafe handle.lookup(at: nil, into: UnsafeMutableRawPointer(mutating: $0), [])
    }
    return try handle.outcome(.lookup, errno, [])
  }

  /// Whether a value may have been added. See ``mayContain(_:)``.
  public func contains(_ value: Value) throws(BPFError) -> Bool { try mayContain(value) }
}
