//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

/// A set that tells whether a value may have been added, with false positives but no false negatives.
///
/// Values can be added, but neither listed nor removed. Padding is ignored: values are equal if all their fields are.
///
/// ```swift
/// let seen = try BloomFilter<UInt64>(name: "seen", maxEntries: 10_000)
/// try seen.insert(42)
/// print(try seen.mayContain(42), try seen.mayContain(43))
/// ```
public struct BloomFilter<Value: BitwiseCopyable>: KeylessMap {
  /// The underlying map.
  public let handle: MapHandle
  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }
  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the expected number of values. The filter accepts more, with more false positives.
  ///   - hashes: the number of hash functions, from 1 to 15. More take longer, and up to a point give fewer false
  ///     positives.
  ///   - options: other options of the new map.
  /// - Throws: `BPFError`; `.typeMismatch` if the type cannot be a map's value.
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

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    valueLayout = try Self.verify(handle, .bloomFilter, checkingTypes)
    _ = try Self.layout(handle.valueSize, .open)
    self.handle = handle
  }

  /// Returns the layout of the values, which must meet the requirements of keys, since the filter compares their
  /// bytes.
  private static func layout(
    _ byteCount: Int, _ operation: BPFError.Operation
  ) throws(BPFError) -> ElementLayout<Value> {
    try MapShape.layout(of: Value.self, as: .key, byteCount: byteCount, operation)
  }

  /// Adds a value.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation. Linux 5.16.
  ///
  /// - Throws: `BPFError`; `.frozen`, `.readOnly`.
  @inlinable
  public func insert(_ value: Value) throws(BPFError) {
    try unsafe valueLayout.withBytes(of: value) { (value) throws(BPFError) in
      try unsafe handle.update(at: nil, to: value, [])
    }
  }

  /// Returns whether a value may have been added: true means maybe, false certainly not.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation. Linux 5.16.
  ///
  /// - Throws: `BPFError`; `.writeOnly` if the handle may not read.
  public func mayContain(_ value: Value) throws(BPFError) -> Bool {
    // For a Bloom filter, the kernel reads the value argument of a look-up instead of writing it.
    try unsafe valueLayout.withBytes(of: value) { (value) throws(BPFError) in
      try unsafe handle.lookup(at: nil, into: UnsafeMutableRawPointer(mutating: value), [])
    }
  }

  /// Returns whether a value may have been added. See ``mayContain(_:)``.
  public func contains(_ value: Value) throws(BPFError) -> Bool { try mayContain(value) }
}
