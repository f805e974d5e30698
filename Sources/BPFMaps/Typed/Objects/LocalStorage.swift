//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A typed map that stores a value with each socket, inode, task or control group.
///
/// The kernel frees a value together with its object. User space accesses the value by a descriptor of the object,
/// which is borrowed for the call; all descriptors of an object access the same value. User space cannot list all
/// values, but programs can iterate over them.
///
/// A new map needs no BTF from the caller: the library describes the Swift type, or with ``MapOptions/omitsBTF`` only its
/// size. Pass your own BTF in ``MapOptions/btf`` to have a `bpf_spin_lock` in the value.
public protocol LocalStorage<Value>: TypedMap {
  /// The type of the value stored with each object.
  associatedtype Value: BitwiseCopyable

  /// The layout of values in the map.
  var valueLayout: ElementLayout<Value> { get }
}

// MARK: - Values

extension LocalStorage {
  /// Looks up the value of an object.
  ///
  /// System calls: one, `BPF_MAP_LOOKUP_ELEM`. No allocation for values up to 1 KiB.
  ///
  /// - Parameters:
  ///   - object: an open descriptor of the object.
  ///   - flags: `.lock` to hold the spin lock in the value during the copy.
  /// - Returns: the value, or nil if the object has none.
  /// - Throws: `BPFError`; `.wrongObject` for a descriptor of another kind of object, `.invalidArgument` for one that
  ///   is not open.
  public func lookup(_ object: FileDescriptor, flags: MapFlags = []) throws(BPFError) -> Value? {
    do throws(BPFError) {
      return try unsafe withUnsafePointer(to: object.rawValue) { (key) throws(BPFError) in
        try unsafe valueLayout.decode { (value) throws(BPFError) in
          try unsafe handle.lookup(at: key, into: value, flags)
        }
      }
    } catch {
      throw handle.failure(error, given: object)
    }
  }

  /// Sets the value of an object.
  ///
  /// System calls: one, `BPF_MAP_UPDATE_ELEM`. No allocation.
  ///
  /// - Parameters:
  ///   - object: an open descriptor of the object.
  ///   - value: the new value.
  ///   - flags: empty to insert or replace, `.noExist` to insert only, `.exist` to replace only, and `.lock` to hold
  ///     the spin lock in the value during the write.
  /// - Throws: `BPFError`; `.wrongObject` for a descriptor of another kind of object, `.invalidArgument` for one that
  ///   is not open, `.alreadyExists` with `.noExist`, `.notFound` with `.exist` and for a process that has ended,
  ///   `.frozen`.
  public func update(
    _ object: FileDescriptor, to value: Value, flags: MapFlags = []
  ) throws(BPFError) {
    do throws(BPFError) {
      try unsafe withUnsafePointer(to: object.rawValue) { (key) throws(BPFError) in
        try unsafe valueLayout.withBytes(of: value) { (value) throws(BPFError) in
          try unsafe handle.update(at: key, to: value, flags)
        }
      }
    } catch {
      throw handle.failure(error, given: object)
    }
  }

  /// Deletes the value of an object.
  ///
  /// System calls: one, `BPF_MAP_DELETE_ELEM`. No allocation.
  ///
  /// - Parameter object: an open descriptor of the object.
  /// - Returns: false if the object had no value.
  /// - Throws: `BPFError`; `.wrongObject` for a descriptor of another kind of object, `.invalidArgument` for one that
  ///   is not open, `.frozen`.
  @discardableResult
  public func delete(_ object: FileDescriptor) throws(BPFError) -> Bool {
    do throws(BPFError) {
      return try unsafe withUnsafePointer(to: object.rawValue) { (key) throws(BPFError) in
        try unsafe handle.delete(at: key)
      }
    } catch {
      throw handle.failure(error, given: object)
    }
  }
}

// MARK: - Creating and wrapping

/// A local storage map with the layout of its values, either created for them or verified to match.
struct StorageTable<Value: BitwiseCopyable> {
  let handle: MapHandle
  let valueLayout: ElementLayout<Value>

  /// Creates a local storage map for the values. Creates BTF for it unless the options have some.
  init(creating type: MapType, _ name: String, _ options: MapOptions) throws(BPFError) {
    let layout = try MapShape.layout(
      of: Value.self, as: .value, byteCount: MemoryLayout<Value>.stride, .create)
    var options = options
    options.flags.formUnion(type.facts.requiredFlags)
    valueLayout = layout
    if options.btf != nil {
      handle = try StorageTable.make(type, name, layout.byteCount, options)
    } else {
      handle = try StorageTable.create(type, name, layout.byteCount, options)
    }
    if options.mayOpen { try LayoutCheck(handle).verify(value: Value.self) }
  }

  /// Creates the map with BTF, which the kernel requires. If the options omit the Swift type, or the kernel rejects it,
  /// such as an array, the value is bytes.
  private static func create(
    _ type: MapType, _ name: String, _ valueSize: Int, _ options: MapOptions
  ) throws(BPFError) -> MapHandle {
    func make(_ options: MapOptions) throws(BPFError) -> MapHandle {
      try StorageTable.make(type, name, valueSize, options)
    }
    if !options.omitsBTF {
      do throws(BPFError) {
        let types = try LoadedSwiftTypes(
          key: Int32.self, MemoryLayout<Int32>.size, value: Value.self, valueSize, options)
        return try types.withTypes(options, make)
      } catch {
        guard error.mayRefuseTypes else { throw error.ofCreation(of: name) }
      }
    }
    do throws(BPFError) {
      return try bytes(type, name, valueSize, options).withTypes(options, make)
    } catch {
      // Opening a pinned map needs no BTF.
      guard options.mayOpen, error.code == .permissionDenied, let map = try? make(options) else {
        throw error
      }
      return map
    }
  }

  private static func make(
    _ type: MapType, _ name: String, _ valueSize: Int, _ options: MapOptions
  ) throws(BPFError) -> MapHandle {
    try MapHandle(
      type: type, name: name, keySize: MemoryLayout<Int32>.size, valueSize: valueSize, maxEntries: 0,
      options: options)
  }

  /// Loads the types that the kernel requires, with bytes as the value.
  private static func bytes(
    _ type: MapType, _ name: String, _ valueSize: Int, _ options: MapOptions
  ) throws(BPFError) -> LoadedSwiftTypes {
    do throws(BPFError) {
      return try LoadedSwiftTypes(bytes: valueSize, options)
    } catch {
      throw BPFError(
        .create, error.code == .permissionDenied ? .permissionDenied : .system, errno: error.errno,
        mapName: name,
        "the kernel rejects the BTF that \(type.withArticle) map needs"
          + (error.code == .permissionDenied ? ": loading it requires CAP_BPF" : ""))
    }
  }

  /// Wraps an open map after verifying that it matches the values.
  init<Map>(
    _ handle: MapHandle, _ type: MapType, as map: Map.Type, _ checkingTypes: Bool
  ) throws(BPFError) {
    try MapShape(
      name: "\(map)", type: type, keySizes: [4], valueSizes: MapShape.sizes(of: Value.self)
    ).verify(handle)
    valueLayout = try MapShape.layout(of: Value.self, as: .value, byteCount: handle.valueSize, .open)
    if checkingTypes { try LayoutCheck(handle).verify(value: Value.self) }
    self.handle = handle
  }
}
