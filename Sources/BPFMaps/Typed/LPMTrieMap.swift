//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
@_exported public import NetworkTypes

/// Values by prefix. A look-up finds the longest matching prefix of an address.
///
/// ```swift
/// let routes = try LPMTrieMap<IPv4Address, UInt32>(name: "routes", maxEntries: 1000)
/// if let network = AddressPrefix<IPv4Address>("10.0.0.0/8") { try routes.update(network, to: 1) }
/// print(try routes.lookup(IPv4Address(10, 1, 2, 3)) ?? 0)
/// ```
public struct LPMTrieMap<Address: PrefixAddress, Value: BitwiseCopyable>: ValueMap, DeletingMap {
  /// A key: the leading bits of an address.
  public typealias Key = AddressPrefix<Address>

  /// The underlying map.
  public let handle: MapHandle
  /// The requirement that only this library can meet. See ``TypedMap``.
  public static var _conformance: TypedMapConformance { TypedMapConformance() }
  /// The layout of keys in the map.
  public let keyLayout: ElementLayout<AddressPrefix<Address>>
  /// The layout of values in the map.
  public let valueLayout: ElementLayout<Value>

  /// Creates a map. See ``MapHandle/init(type:name:keySize:valueSize:maxEntries:options:)``.
  ///
  /// - Parameters:
  ///   - name: up to 15 letters, digits, `_` and `.`.
  ///   - maxEntries: the maximum number of prefixes.
  ///   - options: other options of the new map; `.noPrealloc` is added to the flags, since the kernel requires it.
  /// - Throws: `BPFError`; `.typeMismatch` if the types cannot be a map's key and value.
  public init(name: String = "", maxEntries: Int, options: MapOptions = MapOptions()) throws(BPFError) {
    try Self.checkAddress(.create)
    var options = options
    options.flags.formUnion(MapType.lpmTrie.facts.requiredFlags)
    self.init(
      try TypedPair(creating: .lpmTrie, name, maxEntries, options, keySize: MemoryLayout<Key>.size))
  }

  /// Wraps an open map in this type. See ``TypedMap/init(_:checkingTypes:)``.
  public init(_ handle: MapHandle, checkingTypes: Bool) throws(BPFError) {
    try Self.checkAddress(.open)
    self.init(try TypedPair(handle, .lpmTrie, as: Self.self, checkingTypes, keySize: MemoryLayout<Key>.size))
  }

  private init(_ pair: TypedPair<AddressPrefix<Address>, Value>) {
    (handle, keyLayout, valueLayout) = (pair.handle, pair.keyLayout, pair.valueLayout)
  }

  /// Throws if the address type has padding or a large alignment: the kernel expects the address directly after the
  /// 4-byte length, with nothing after it.
  private static func checkAddress(_ operation: BPFError.Operation) throws(BPFError) {
    guard MemoryLayout<Address>.alignment > 4 || MemoryLayout<Address>.size != MemoryLayout<Address>.stride
    else {
      return
    }
    throw BPFError(
      operation, .typeMismatch,
      "\(Address.self) cannot be the address of an LPM trie: it must have an alignment of at most 4 and no padding"
    )
  }

  /// Looks up the value of the longest matching prefix of an address.
  ///
  /// The kernel does not report which prefix matched.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation for values up to 1 KiB.
  ///
  /// - Returns: the value, or nil if no prefix matches.
  /// - Throws: `BPFError`; `.writeOnly` if the handle may not read.
  public func lookup(_ address: Address) throws(BPFError) -> Value? {
    try lookup(AddressPrefix(host: address))
  }

  /// The value of the longest matching prefix of an address. See ``lookup(_:)``.
  public subscript(address: Address) -> Value? {
    get throws(BPFError) { try lookup(address) }
  }
}
