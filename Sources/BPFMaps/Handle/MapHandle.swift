//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import SystemPackage

/// A map of the kernel, held open.
///
/// The handle owns one descriptor. It closes when the last reference to the handle goes; the map itself lives on
/// as long as anything holds it: another descriptor, a pin, a program. Handles cross tasks freely, and every
/// operation is one system call that the kernel makes atomic for the element it touches.
///
/// Keys and values are bytes in the machine's byte order, given as `RawSpan` or `[UInt8]`, and always as long as
/// the map's ``keySize`` and ``valueSize``: anything else is refused before the kernel is asked. Maps without
/// keys (queue, stack, Bloom filter) take an empty key. Maps with a value for each CPU have calls of their own,
/// such as ``lookupPerCPU(_:flags:)-(RawSpan,_)``.
///
/// ```swift
/// let hits = try MapHandle(type: .hash, name: "hits", keySize: 4, valueSize: 8, maxEntries: 1024)
/// try hits.update([10, 0, 0, 1], to: [1, 0, 0, 0, 0, 0, 0, 0])
/// for (key, value) in try hits.entries() { print(key, value) }
/// ```
///
/// Name, type, sizes, flags and id never change; they are read once, when the handle opens, and cost nothing
/// afterwards.
public final class MapHandle: Sendable {
  /// The kernel's number for the map, good as long as the map lives.
  public let id: MapID

  /// The map's name, at most 15 bytes; often empty.
  public let name: String

  /// The kind of map.
  public let type: MapType

  /// Bytes of a key; 0 for maps without keys.
  public let keySize: Int

  /// Bytes of a value; for per-CPU maps, of one CPU's value.
  public let valueSize: Int

  /// How many elements the map may hold; for ring buffers bytes, for arenas pages, for local storages 0.
  public let maxEntries: Int

  /// The flags the map was created with.
  public let flags: MapCreateFlags

  /// What this handle may do with the elements.
  public let access: MapAccess

  /// Bytes of one element's value as the kernel moves it.
  ///
  /// This is ``valueSize``, and for per-CPU maps ``perCPUStride`` for each possible CPU.
  public let valueStride: Int

  @usableFromInline let descriptor: OwnedDescriptor

  // Facts of the type that every call looks at.
  let isPerCPU: Bool
  let isTypeKnown: Bool

  /// The number of values of an element: one, or one for each possible CPU.
  @usableFromInline let valuesPerElement: Int

  /// The most bytes the kernel may move for one element's value, also if the type is unknown.
  let safeValueStride: Int

  /// An open map of which everything is known.
  ///
  /// - Parameter cpuCount: the number of possible CPUs; of use for per-CPU and unknown types only.
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
    // Of an unknown type the kernel may move a value for each CPU; there is no larger layout.
    self.isPerCPU = info.type.isPerCPU
    self.isTypeKnown = info.type.isKnown
    let isSlotted = isPerCPU || !isTypeKnown
    self.safeValueStride = isSlotted ? info.valueSize.roundedUpToSlot * cpuCount : info.valueSize
    self.valueStride = isPerCPU ? safeValueStride : info.valueSize
    self.valuesPerElement = isPerCPU ? cpuCount : 1
  }

  /// Bytes from one CPU's value to the next in a per-CPU map: ``valueSize`` rounded up to a multiple of 8.
  @inlinable public var perCPUStride: Int { valueSize.roundedUpToSlot }

  /// Lends the map's descriptor.
  ///
  /// It is the handle's own: use it for what this library does not offer, and neither close it nor keep it
  /// beyond `body`. To keep one, duplicate it.
  public func withFileDescriptor<R: ~Copyable, E: Error>(
    _ body: (FileDescriptor) throws(E) -> R
  ) throws(E) -> R {
    try body(descriptor.borrowed)
  }
}

extension Int {
  /// Rounded up to a multiple of 8, the kernel's stride of per-CPU values.
  @inlinable var roundedUpToSlot: Int { (self + 7) & ~7 }
}

// MARK: - Information

extension MapHandle {
  /// What the kernel says of the map now.
  ///
  /// System calls: one, `BPF_OBJ_GET_INFO_BY_FD`; with `includingHash` two. Linux 4.13.
  ///
  /// - Parameter includingHash: whether to have the kernel compute the SHA-256 of the map's contents, of which
  ///   frozen arrays have one, since Linux 6.18.
  /// - Throws: `BPFError` with the kernel's answer. If a hash was asked for,
  ///   `BPFError.Code.permissionDenied` if the map is not frozen, and `BPFError.Code.unsupported` if the type
  ///   or the kernel has none.
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

  /// What /proc/self/fdinfo says of the map's descriptor: memory charged, frozen or not, and more.
  ///
  /// System calls: open(2), read(2) twice, close(2).
  ///
  /// - Throws: `BPFError` if the file cannot be read: `BPFError.Code.unavailable` if /proc is not mounted,
  ///   `BPFError.Code.outOfResources` if no descriptor is left to read it.
  public func descriptorInfo() throws(BPFError) -> MapDescriptorInfo {
    try MapDescriptorInfo(of: descriptor.borrowed, subject)
  }
}

// MARK: - Description

extension MapHandle: CustomStringConvertible, CustomDebugStringConvertible {
  /// Name, id and type, such as `map 'hits' (id 12, hash)`.
  public var description: String {
    name.isEmpty ? "map (id \(id), \(type))" : "map '\(name)' (id \(id), \(type))"
  }

  /// Everything the handle knows.
  public var debugDescription: String {
    """
    MapHandle(id: \(id), name: "\(name)", type: \(type), keySize: \(keySize), valueSize: \(valueSize), \
    maxEntries: \(maxEntries), flags: \(flags), access: \(access), descriptor: \(descriptor.rawValue))
    """
  }
}
