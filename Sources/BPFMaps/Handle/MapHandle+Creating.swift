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
  /// It lives as long as this handle, a duplicate, a pin or a program holds it.
  ///
  /// Kernels before 4.15 know no names of maps: there it has none.
  ///
  /// System calls: `BPF_MAP_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`; once more, without the name, if the kernel knows none.
  /// Minimum kernel: the type's
  /// ``MapType/minimumKernelVersion``. Capability: `CAP_BPF`, and `CAP_NET_ADMIN` too for devmap, devmap_hash,
  /// sockmap, sockhash and xskmap, unless a token lends them.
  ///
  /// - Parameters:
  ///   - type: the kind of map.
  ///   - name: up to 15 letters, digits, `_` and `.`; others are refused, and nothing is shortened.
  ///   - keySize: bytes of a key; 0 for maps without keys.
  ///   - valueSize: bytes of a value, for per-CPU maps of one CPU's value.
  ///   - maxEntries: how many elements it may hold. Most types allocate all of them at once. For ring buffers,
  ///     bytes: a power of two and a multiple of the page size. For local storages, 0.
  ///   - options: flags, and what some types need besides.
  /// - Throws: `BPFError`. `BPFError.Code.invalidName` for a name the kernel would not take,
  ///   `BPFError.Code.wrongSize` for a size no 32-bit number holds, `BPFError.Code.permissionDenied` naming
  ///   the capability that is missing, `BPFError.Code.unsupported` for a type or flag that this kernel lacks, and for
  ///   the kernel's other refusals the likely reason in the explanation.
  public convenience init(
    type: MapType, name: String = "", keySize: Int, valueSize: Int, maxEntries: Int,
    options: MapOptions = MapOptions()
  ) throws(BPFError) {
    let request = MapCreationRequest(
      type: type, name: name, keySize: keySize, valueSize: valueSize, maxEntries: maxEntries, options: options
    )
    let descriptor = try request.create()
    let access: MapAccess =
      switch (options.flags.contains(.readOnly), options.flags.contains(.writeOnly)) {
      case (true, false): .readOnly
      case (false, true): .writeOnly
      default: .readWrite
      }
    try self.init(adopting: descriptor, access: access, .create, .map(name: name, id: nil))
  }

  /// Takes over the descriptor of what is sure to be a map, and reads what never changes.
  convenience init(
    adopting descriptor: consuming OwnedDescriptor, access: MapAccess, _ operation: BPFError.Operation,
    _ subject: BPFError.Subject = .unknown, path: FilePath? = nil
  ) throws(BPFError) {
    let map = try OpenedMap(adopting: descriptor, operation, subject, path: path)
    let info = map.info
    let needsCPUs = info.type.isPerCPU || !info.type.isKnown
    let cpuCount = needsCPUs ? try PossibleCPUs.current().count : 1
    self.init(descriptor: map.takeDescriptor(), info: info, access: access, cpuCount: cpuCount)
  }
}
