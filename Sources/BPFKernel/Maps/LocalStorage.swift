//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CBPFKernel

/// A value for each object of the kernel of one kind, freed with the object. The types that conform are those of this
/// module.
public protocol LocalStorage: BPFMap, ~Copyable {
  /// The type of values.
  associatedtype Value: BitwiseCopyable

  /// Returns the address of an object's value; nil if there is none.
  @unsafe func _value(of object: UInt64, _ flags: UInt64) -> UnsafeMutableRawPointer?
  /// Deletes an object's value. Returns 0 if there was one.
  @unsafe func _delete(_ object: UInt64) -> Int
}

extension LocalStorage where Self: ~Copyable {
  /// Calls a closure with the value of an object, in place; returns nil if it has none.
  ///
  /// The verifier must know the type of the object: an argument of a BTF tracepoint, or what it points to.
  @inline(__always)
  public func withValue<R>(ofObjectAt address: UInt64, _ body: (inout Value) -> R) -> R? {
    guard let value = unsafe _value(of: address, 0) else { return nil }
    return unsafe body(&value.assumingMemoryBound(to: Value.self).pointee)
  }

  /// Calls a closure with the value of an object, in place. An object without a value gets one first, all zero.
  ///
  /// Returns nil if there is no memory, or if the object is being freed.
  @inline(__always) @discardableResult
  public func withZeroedValue<R>(ofObjectAt address: UInt64, _ body: (inout Value) -> R) -> R? {
    guard let value = unsafe _value(of: address, UInt64(truncatingIfNeeded: BPF_LOCAL_STORAGE_GET_F_CREATE))
    else { return nil }
    return unsafe body(&value.assumingMemoryBound(to: Value.self).pointee)
  }

  /// Deletes the value of an object. Returns whether it had one.
  @inline(__always) @discardableResult
  public func delete(ofObjectAt address: UInt64) -> Bool { unsafe _delete(address) == 0 }
}

/// A value for each socket (`BPF_MAP_TYPE_SK_STORAGE`, Linux 5.2).
public struct SocketStorage<Value: BitwiseCopyable>: ~Copyable, LocalStorage, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a storage.
  @inline(__always)
  public init(flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_SK_STORAGE.rawValue, keySize: 4, valueSize: MemoryLayout<Value>.stride,
      maxEntries: 0, flags: flags | .noPrealloc,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// Returns the address of an object's value; nil if there is none (`bpf_sk_storage_get`).
  @inline(__always)
  @unsafe public func _value(of object: UInt64, _ flags: UInt64) -> UnsafeMutableRawPointer? {
    unsafe bpf_sk_storage_get(_map, UnsafeMutableRawPointer(bitPattern: UInt(object)), nil, flags)
  }

  /// Deletes an object's value (`bpf_sk_storage_delete`). Returns 0 if there was one.
  @inline(__always)
  @unsafe public func _delete(_ object: UInt64) -> Int {
    Int(unsafe bpf_sk_storage_delete(_map, UnsafeMutableRawPointer(bitPattern: UInt(object))))
  }
}

/// A value for each inode (`BPF_MAP_TYPE_INODE_STORAGE`, Linux 5.10).
public struct InodeStorage<Value: BitwiseCopyable>: ~Copyable, LocalStorage, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a storage.
  @inline(__always)
  public init(flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_INODE_STORAGE.rawValue, keySize: 4, valueSize: MemoryLayout<Value>.stride,
      maxEntries: 0, flags: flags | .noPrealloc,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// Returns the address of an object's value; nil if there is none (`bpf_inode_storage_get`).
  @inline(__always)
  @unsafe public func _value(of object: UInt64, _ flags: UInt64) -> UnsafeMutableRawPointer? {
    unsafe bpf_inode_storage_get(_map, UnsafeMutableRawPointer(bitPattern: UInt(object)), nil, flags)
  }

  /// Deletes an object's value (`bpf_inode_storage_delete`). Returns 0 if there was one.
  @inline(__always)
  @unsafe public func _delete(_ object: UInt64) -> Int {
    Int(unsafe bpf_inode_storage_delete(_map, UnsafeMutableRawPointer(bitPattern: UInt(object))))
  }
}

/// A value for each task (`BPF_MAP_TYPE_TASK_STORAGE`, Linux 5.11).
public struct TaskStorage<Value: BitwiseCopyable>: ~Copyable, LocalStorage, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a storage.
  @inline(__always)
  public init(flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_TASK_STORAGE.rawValue, keySize: 4, valueSize: MemoryLayout<Value>.stride,
      maxEntries: 0, flags: flags | .noPrealloc,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// Returns the address of an object's value; nil if there is none (`bpf_task_storage_get`).
  @inline(__always)
  @unsafe public func _value(of object: UInt64, _ flags: UInt64) -> UnsafeMutableRawPointer? {
    unsafe bpf_task_storage_get(_map, OpaquePointer(bitPattern: UInt(object)), nil, flags)
  }

  /// Deletes an object's value (`bpf_task_storage_delete`). Returns 0 if there was one.
  @inline(__always)
  @unsafe public func _delete(_ object: UInt64) -> Int {
    Int(unsafe bpf_task_storage_delete(_map, OpaquePointer(bitPattern: UInt(object))))
  }
}

/// A value for each control group (`BPF_MAP_TYPE_CGRP_STORAGE`, Linux 6.2).
public struct CgroupStorage<Value: BitwiseCopyable>: ~Copyable, LocalStorage, @unchecked Sendable {
  private let descriptor: MapDescriptor

  /// Declares a storage.
  @inline(__always)
  public init(flags: MapCreateFlags = .none, pinning: Pinning = .none) {
    descriptor = MapDescriptor(
      type: BPF_MAP_TYPE_CGRP_STORAGE.rawValue, keySize: 4, valueSize: MemoryLayout<Value>.stride,
      maxEntries: 0, flags: flags | .noPrealloc,
      pinning: pinning)
  }

  /// The map as helpers take it.
  @inline(__always)
  @unsafe public var _map: UnsafeMutableRawPointer { unsafe descriptor.address }

  /// Returns the address of an object's value; nil if there is none (`bpf_cgrp_storage_get`).
  @inline(__always)
  @unsafe public func _value(of object: UInt64, _ flags: UInt64) -> UnsafeMutableRawPointer? {
    unsafe bpf_cgrp_storage_get(_map, OpaquePointer(bitPattern: UInt(object)), nil, flags)
  }

  /// Deletes an object's value (`bpf_cgrp_storage_delete`). Returns 0 if there was one.
  @inline(__always)
  @unsafe public func _delete(_ object: UInt64) -> Int {
    Int(unsafe bpf_cgrp_storage_delete(_map, OpaquePointer(bitPattern: UInt(object))))
  }
}
