//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

extension MapHandle {
  /// Creates a map.
  ///
  /// The map exists while this handle, a duplicate, a pin or a program refers to it.
  ///
  /// Kernels before 4.15 do not support map names: there the map has none. With ``MapOptions/pinPath``, opens the map
  /// that is pinned at the path, or creates and pins it.
  ///
  /// System calls: `BPF_MAP_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. If the kernel does not support map names, one more
  /// `BPF_MAP_CREATE`. Minimum kernel: the type's ``MapType/minimumKernelVersion``. Capability: `CAP_BPF`, and also
  /// `CAP_NET_ADMIN` for devmap, devmap_hash, sockmap, sockhash and xskmap, unless a token delegates them. For a path
  /// also `BPF_OBJ_GET`; then readlink(2) in /proc for an existing map, which needs no capability, or `BPF_OBJ_PIN`.
  ///
  /// - Parameters:
  ///   - type: the map type.
  ///   - name: up to 15 letters, digits, `_` and `.`. Other names are rejected, never shortened.
  ///   - keySize: the size of a key in bytes; 0 for maps without keys.
  ///   - valueSize: the size of a value in bytes; for per-CPU maps, of one CPU's value.
  ///   - maxEntries: the maximum number of elements. Most types allocate all of them at once. For ring buffers, the
  ///     size in bytes: a power of two and a multiple of the page size. For local storage, 0.
  ///   - options: flags and other options that some types need.
  /// - Throws: `BPFError`; `.invalidName` if the kernel would reject the name, `.wrongSize` if a size does not fit 32
  ///   bits, `.permissionDenied` with the missing capability, `.unsupported` if the kernel lacks the type or a flag.
  ///   For other refusals the explanation gives the likely reason.
  public convenience init(
    type: MapType, name: String = "", keySize: Int, valueSize: Int, maxEntries: Int,
    options: MapOptions = MapOptions()
  ) throws(BPFError) {
    let request = MapCreationRequest(
      type: type, name: name, keySize: keySize, valueSize: valueSize, maxEntries: maxEntries, options: options
    )
    let map =
      if let path = options.pinPath {
        try SharedPin(path, request).map()
      } else {
        try request.createMap()
      }
    try self.init(map, access: request.access)
  }

  /// Takes ownership of a map's descriptor, and reads the map's constant properties.
  convenience init(
    adopting descriptor: consuming OwnedDescriptor, access: MapAccess, _ operation: BPFError.Operation,
    _ subject: BPFError.Subject = .unknown, path: FilePath? = nil
  ) throws(BPFError) {
    try self.init(OpenedMap(adopting: descriptor, operation, subject, path: path), access: access)
  }

  /// Takes ownership of an open map.
  private convenience init(_ map: consuming OpenedMap, access: MapAccess) throws(BPFError) {
    let info = map.info
    let needsCPUs = info.type.isPerCPU || !info.type.isKnown
    let cpuCount = needsCPUs ? try PossibleCPUs.current().count : 1
    self.init(descriptor: map.takeDescriptor(), info: info, access: access, cpuCount: cpuCount)
  }
}
