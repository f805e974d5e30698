//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// An open BPF map.
///
/// The handle owns one descriptor, which closes with the last reference to the handle. The map itself exists while
/// anything refers to it: another descriptor, a pin, a program. Handles can be shared between tasks. Each operation is
/// one system call, which the kernel makes atomic for the element that it accesses.
///
/// Keys and values are bytes in native byte order, given as `RawSpan` or `[UInt8]`. Their sizes must equal the map's
/// ``keySize`` and ``valueSize``; other sizes are rejected before the system call. Maps without keys (queue, stack,
/// Bloom filter) take an empty key. Maps with a value for each CPU have their own functions, such as
/// ``lookupPerCPU(_:flags:)-(RawSpan,_)``.
///
/// ```swift
/// let hits = try MapHandle(type: .hash, name: "hits", keySize: 4, valueSize: 8, maxEntries: 1024)
/// try hits.update([10, 0, 0, 1], to: [1, 0, 0, 0, 0, 0, 0, 0])
/// for (key, value) in try hits.entries() { print(key, value) }
/// ```
///
/// Name, type, sizes, flags and id never change. They are read once, when the handle opens.
public final class MapHandle: Sendable {
  /// The kernel's id for the map, valid while the map exists.
  public let id: MapID

  /// The map's name, at most 15 bytes; often empty.
  public let name: String

  /// The map's type.
  public let type: MapType

  /// The size of a key in bytes; 0 for maps without keys.
  public let keySize: Int

  /// The size of a value in bytes; for per-CPU maps, of one CPU's value.
  public let valueSize: Int

  /// The maximum number of elements; for ring buffers the size in bytes, for arenas the number of pages, for local
  /// storage 0.
  public let maxEntries: Int

  /// The flags the map was created with.
  public let flags: MapCreateFlags

  /// The access to the elements that this handle grants.
  public let access: MapAccess

  /// The number of bytes that the kernel copies for one element's value.
  ///
  /// Equal to ``valueSize``; for per-CPU maps, ``perCPUStride`` for each possible CPU.
  public let valueStride: Int

  /// The owned descriptor. Borrow it only while the handle exists.
  @usableFromInline package let descriptor: OwnedDescriptor

  // Properties of the type, stored because every call reads them.
  let isPerCPU: Bool
  let isTypeKnown: Bool
  let hasCursorAtEnd: Bool

  /// The number of values of an element: one, or one for each possible CPU.
  @usableFromInline let valuesPerElement: Int

  /// The most bytes that the kernel may copy for one element's value, even if the type is unknown.
  let safeValueStride: Int

  /// Creates a handle from a descriptor and the kernel's information.
  ///
  /// - Parameter cpuCount: the number of possible CPUs; used only for per-CPU and unknown types.
  init(descriptor: consuming OwnedDescriptor, info: MapInfo, access: MapAccess, cpuCount: Int) {
    self.descriptor = descriptor
    self.id = info.id
    self.name = info.name
    self.type = info.type
    self.keySize = info.keySize
    self.valueSize = info.valueSize
    self.maxEntries = info.maxEntries
    self.flags = info.flags
    self.access = access
    // For an unknown type, the kernel may copy a value for each CPU; no layout is larger.
    self.isPerCPU = info.type.isPerCPU
    self.isTypeKnown = info.type.isKnown
    self.hasCursorAtEnd = info.type.facts.hasCursorAtEnd
    let isSlotted = isPerCPU || !isTypeKnown
    self.safeValueStride = isSlotted ? info.valueSize.roundedUpToSlot * cpuCount : info.valueSize
    self.valueStride = isPerCPU ? safeValueStride : info.valueSize
    self.valuesPerElement = isPerCPU ? cpuCount : 1
  }

  /// The distance in bytes between two CPUs' values in a per-CPU map: ``valueSize`` rounded up to a multiple of 8.
  @inlinable public var perCPUStride: Int { valueSize.roundedUpToSlot }

  /// Calls `body` with the map's descriptor.
  ///
  /// Use it for operations that this library does not offer. The handle still owns it: do not close it, or keep it
  /// beyond `body`. To keep a descriptor, duplicate it.
  public func withFileDescriptor<R: ~Copyable, E: Error>(
    _ body: (FileDescriptor) throws(E) -> R
  ) throws(E) -> R {
    try body(descriptor.borrowed)
  }
}

extension Int {
  /// The value rounded up to a multiple of 8, the kernel's stride of per-CPU values.
  @inlinable var roundedUpToSlot: Int { (self + 7) & ~7 }
}

// MARK: - Information

extension MapHandle {
  /// Returns the kernel's current information about the map.
  ///
  /// System calls: one, `BPF_OBJ_GET_INFO_BY_FD`; with `includingHash` two. Linux 4.13.
  ///
  /// - Parameter includingHash: whether to have the kernel compute the SHA-256 of the map's contents. Only frozen
  ///   arrays have a hash, since Linux 6.18.
  /// - Throws: `BPFError`. If a hash is requested, `.permissionDenied` if the map is not frozen, and `.unsupported` if
  ///   the type or the kernel does not support hashes.
  public func info(includingHash: Bool = false) throws(BPFError) -> MapInfo {
    do throws(Errno) {
      var info = MapInfo(try BPFCommand.mapInformation(descriptor.borrowed))
      if includingHash { info.hash = try BPFCommand.mapHash(descriptor.borrowed) }
      return info
    } catch {
      switch error {
      case .notPermitted where includingHash:
        throw failure(.info, .permissionDenied, error, "only a frozen map has a hash: freeze it first")
      case .invalidArgument where includingHash, .argListTooLong where includingHash:
        let cause =
          type == .array ? "this kernel computes no hashes: \(KernelRelease.requirement("6.18"))" : nil
        throw failure(
          .info, .unsupported, error, cause ?? "only array maps have a hash, not \(type.withArticle)")
      default: throw failure(.info, error)
      }
    }
  }

  /// Reads the map's properties in /proc/self/fdinfo, such as the charged memory and whether the map is frozen.
  ///
  /// System calls: open(2), read(2) twice, close(2).
  ///
  /// - Throws: `BPFError` if the file cannot be read; `.unavailable` if /proc is not mounted, `.outOfResources` if the
  ///   process has no descriptor left.
  public func descriptorInfo() throws(BPFError) -> MapDescriptorInfo {
    try MapDescriptorInfo(of: descriptor.borrowed, subject)
  }
}

// MARK: - Identity

extension MapHandle: Identifiable, Hashable {
  /// Returns whether two handles are of the same map, which both keep alive. Their ``access`` may differ.
  public static func == (a: MapHandle, b: MapHandle) -> Bool { a.id == b.id }

  /// Hashes the map's id.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

// MARK: - Description

extension MapHandle: CustomStringConvertible, CustomDebugStringConvertible {
  /// The name, id and type, such as `map 'hits' (id 12, hash)`.
  public var description: String {
    name.isEmpty ? "map (id \(id), \(type))" : "map '\(name)' (id \(id), \(type))"
  }

  /// All properties of the handle.
  public var debugDescription: String {
    """
    MapHandle(id: \(id), name: "\(name)", type: \(type), keySize: \(keySize), valueSize: \(valueSize), \
    maxEntries: \(maxEntries), flags: \(flags), access: \(access), descriptor: \(descriptor.rawValue))
    """
  }
}
