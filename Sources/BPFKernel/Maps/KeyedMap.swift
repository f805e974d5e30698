//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A map. The types that conform are those of this module.
///
/// They are `Sendable` without a check by the compiler: they store only a `MapDescriptor`, which the build reads and no program
/// changes, and the kernel orders what CPUs do to a map at once.
public protocol BPFMap: ~Copyable {
  /// The map as helpers take it.
  @unsafe var _map: UnsafeMutableRawPointer { get }
}

/// A map whose elements have keys and values. The types that conform are those of this module.
public protocol UpdatingMap: BPFMap, ~Copyable {
  /// The type of keys: its bytes are compared.
  associatedtype Key: BitwiseCopyable
  /// The type of values.
  associatedtype Value: BitwiseCopyable
}

extension UpdatingMap where Self: ~Copyable {
  /// Sets the value of a key (`bpf_map_update_elem`, Linux 3.19). Returns whether it did: a map can be full.
  @inline(__always) @discardableResult
  public func update(_ key: Key, to value: Value, flags: MapFlags = .any) -> Bool {
    unsafe withZeroedCopy(of: key) { key in
      unsafe withZeroedCopy(of: value) { value in
        unsafe bpf_map_update_elem(_map, key, value, flags.rawValue) == 0
      }
    }
  }

  /// Sets the value of a key as ``update(_:to:flags:)`` does, to one that a closure makes in place, from zeros: for large values,
  /// of which the stack has no space for a copy.
  @inline(__always) @discardableResult
  public func update(_ key: Key, flags: MapFlags = .any, making body: (inout Value) -> Void) -> Bool {
    unsafe withZeroedCopy(of: key) { key in
      unsafe withZeroedMemory(of: Value.self) { value in
        unsafe body(&value.pointee)
        return unsafe bpf_map_update_elem(_map, key, value, flags.rawValue) == 0
      }
    }
  }
}

/// A map whose look-ups find the element of exactly the given key. The types that conform are those of this module.
public protocol KeyedMap: UpdatingMap, ~Copyable {}

extension KeyedMap where Self: ~Copyable {
  /// Returns the address of the value of a key in the map (`bpf_map_lookup_elem`, Linux 3.19); nil if there is none.
  @inline(__always)
  @unsafe public func pointer(to key: Key) -> UnsafeMutablePointer<Value>? {
    unsafe withZeroedCopy(of: key) { key in unsafe pointer(toKeyAt: key) }
  }

  @inline(__always)
  @unsafe private func pointer(toKeyAt key: UnsafePointer<Key>) -> UnsafeMutablePointer<Value>? {
    unsafe bpf_map_lookup_elem(_map, key)?.assumingMemoryBound(to: Value.self)
  }

  /// Calls a closure with the value of a key, in place; returns nil if the map has no such key.
  ///
  /// Other CPUs may use the value at the same time: change numbers with `atomicAdd(_:)`, or use a ``SpinLocked`` value.
  @inline(__always)
  public func withValue<R>(of key: Key, _ body: (inout Value) -> R) -> R? {
    guard let value = unsafe pointer(to: key) else { return nil }
    return unsafe body(&value.pointee)
  }

  /// Calls a closure with the value of a key, in place. A key that the map lacks is inserted first, with the default, which
  /// is evaluated only then.
  ///
  /// Returns nil if the map is full.
  @inline(__always) @discardableResult
  public func withValue<R>(
    of key: Key, default value: @autoclosure () -> Value, _ body: (inout Value) -> R
  ) -> R? {
    // All calls use one copy of the key: the compiler cannot know that the kernel leaves it unchanged.
    unsafe withZeroedCopy(of: key) { key in
      var found = unsafe pointer(toKeyAt: key)
      if unsafe found == nil {
        // Another CPU may insert the key first.
        unsafe withZeroedCopy(of: value()) { value in
          _ = unsafe bpf_map_update_elem(_map, key, value, MapFlags.noExist.rawValue)
        }
        unsafe found = pointer(toKeyAt: key)
      }
      guard let found = unsafe found else { return nil }
      return unsafe body(&found.pointee)
    }
  }

  /// Returns a copy of the value of a key; nil if there is none (`bpf_map_lookup_elem`, Linux 3.19).
  @inline(__always)
  public func lookup(_ key: Key) -> Value? { unsafe pointer(to: key)?.pointee }

  /// Returns whether the map has a key.
  @inline(__always)
  public func contains(_ key: Key) -> Bool { unsafe pointer(to: key) != nil }

  /// A copy of the value of a key; nil if there is none. Change the value in place with ``withValue(of:_:)``.
  @inline(__always)
  public subscript(_ key: Key) -> Value? { lookup(key) }
}

/// A map whose elements can be deleted. The types that conform are those of this module.
public protocol DeletingMap: UpdatingMap, ~Copyable {}

extension DeletingMap where Self: ~Copyable {
  /// Deletes a key (`bpf_map_delete_elem`, Linux 3.19). Returns whether it was there.
  @inline(__always) @discardableResult
  public func delete(_ key: Key) -> Bool {
    unsafe withZeroedCopy(of: key) { key in unsafe bpf_map_delete_elem(_map, key) == 0 }
  }
}
