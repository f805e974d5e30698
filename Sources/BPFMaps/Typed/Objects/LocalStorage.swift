//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A typed map that keeps a value with each of the kernel's sockets, inodes, tasks or control groups.
///
/// The value lives with its object and goes when the object goes. User space finds it by any descriptor of the object,
/// which is borrowed for the call: two descriptors of one object find one value. There is no list of all values;
/// programs can walk them by an iterator.
///
/// Created here, a map needs no BTF from the caller: types of the right sizes are made for it. To have a
/// `bpf_spin_lock` in the value, or to see fields in bpftool, give your own in ``MapOptions/btf``.
public protocol LocalStorage<Value>: TypedMap {
  /// What is kept with each object.
  associatedtype Value: BitwiseCopyable

  /// How values lie in the map.
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
  ///   - flags: `.lock` to hold the spin lock in the value while it is copied.
  /// - Returns: the value, or nil if the object has none.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a descriptor of something else,
  ///   `BPFError.Code.invalidArgument` for one that is not open.
  public func lookup(_ object: FileDescriptor, flags: MapFlags = []) throws(BPFError) -> Value? {
    do throws(BPFError) {
      let (value, errno) = unsafe withUnsafePointer(to: object.rawValue) { key in
        unsafe valueLayout.decode { unsafe handle.lookup(at: key, into: $0, flags) }
      }
      return try handle.outcome(.lookup, errno, flags) ? value : nil
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
  ///   - value: its new value.
  ///   - flags: none to insert or replace, `.noExist` only to insert, `.exist` only to replace, and `.lock` to hold the
  ///     spin lock in the value while it is written.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a descriptor of something else,
  ///   `BPFError.Code.invalidArgument` for one that is not open, `BPFError.Code.alreadyExists` with `.noExist`,
  ///   `BPFError.Code.notFound` with `.exist` and for a process that has ended, `BPFError.Code.frozen`.
  public func update(
    _ object: FileDescriptor, to value: Value, flags: MapFlags = []
  ) throws(BPFError) {
    let errno = unsafe withUnsafePointer(to: object.rawValue) { key in
      unsafe valueLayout.withBytes(of: value) { unsafe handle.update(at: key, to: $0, flags) }
    }
    if errno != 0 { throw handle.failure(handle.elementFailure(.update, errno, flags), given: object) }
  }

  /// Deletes the value of an object.
  ///
  /// System calls: one, `BPF_MAP_DELETE_ELEM`. No allocation.
  ///
  /// - Parameter object: an open descriptor of the object.
  /// - Returns: false if the object had none.
  /// - Throws: `BPFError`. `BPFError.Code.wrongObject` for a descriptor of something else,
  ///   `BPFError.Code.invalidArgument` for one that is not open, `BPFError.Code.frozen`.
  @discardableResult
  public func delete(_ object: FileDescriptor) throws(BPFError) -> Bool {
    do throws(BPFError) {
      let errno = unsafe withUnsafePointer(to: object.rawValue) { unsafe handle.delete(at: $0) }
      return try handle.deletionOutcome(errno)
    } catch {
      throw handle.failure(error, given: object)
    }
  }
}

// MARK: - Making

/// A local storage with the layout of its values, created so or proved to fit.
struct StorageTable<Value: BitwiseCopyable> {
  let handle: MapHandle
  let valueLayout: ElementLayout<Value>

  /// Creates a storage for the values, with BTF of its own if there is none in the options.
  init(creating type: MapType, _ name: String, _ options: MapOptions) throws(BPFError) {
    let layout = try MapShape.layout(
      of: Value.self, as: .value, byteCount: MemoryLayout<Value>.stride, .create)
    var options = options
    options.flags.insert(.noPrealloc)
    valueLayout = layout
    if options.btf != nil {
      handle = try StorageTable.make(type, name, layout.byteCount, options)
    } else {
      let types = try StorageTable.types(type, name, layout.byteCount, options.token)
      handle = try types.withOption(key: types.integerID, value: types.valueID) {
        (option) throws(BPFError) in
        options.btf = option
        return try StorageTable.make(type, name, layout.byteCount, options)
      }
    }
  }

  private static func make(
    _ type: MapType, _ name: String, _ valueSize: Int, _ options: MapOptions
  ) throws(BPFError) -> MapHandle {
    try MapHandle(
      type: type, name: name, keySize: MemoryLayout<Int32>.size, valueSize: valueSize, maxEntries: 0,
      options: options)
  }

  private static func types(
    _ type: MapType, _ name: String, _ valueSize: Int, _ token: FileDescriptor?
  ) throws(BPFError) -> StorageTypes {
    do throws(BPFError) {
      return try StorageTypes(valueSize: valueSize, token: token)
    } catch {
      throw BPFError(
        .create, error.code == .permissionDenied ? .permissionDenied : .system, errno: error.errno,
        mapName: name,
        "the kernel does not take the BTF that \(type.withArticle) map needs"
          + (error.code == .permissionDenied ? ": loading it takes CAP_BPF" : ""))
    }
  }

  /// Proves that an open map fits the values.
  init<Map>(
    _ handle: MapHandle, _ type: MapType, as map: Map.Type, _ checkingTypes: Bool
  ) throws(BPFError) {
    try MapShape(
      name: "\(map)", type: type, keySizes: [4], valueSizes: MapShape.sizes(of: Value.self)
    ).prove(handle)
    valueLayout = try MapShape.layout(of: Value.self, as: .value, byteCount: handle.valueSize, .open)
    if checkingTypes { try TypeProof(handle).prove(value: Value.self) }
    self.handle = handle
  }
}
