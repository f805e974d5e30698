//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// The arguments of `BPF_MAP_CREATE`.
///
/// The kernel returns `EINVAL` for most mistakes, and it alone decides. After a refusal, the error's explanation
/// checks the kernel's rules to find the broken one.
struct MapCreationRequest {
  var type: MapType
  var name: String
  var keySize: Int
  var valueSize: Int
  var maxEntries: Int
  var options: MapOptions

  /// The flags, including those that other options imply.
  var flags: MapCreateFlags {
    var flags = options.flags
    if options.numaNode != nil { flags.insert(.numaNode) }
    if options.valueTypeBTF != nil { flags.insert(.valueTypeBTF) }
    if options.token != nil { flags.insert(.token) }
    return flags
  }

  /// The access to the elements that the new map's descriptor grants.
  var access: MapAccess {
    switch (options.flags.contains(.readOnly), options.flags.contains(.writeOnly)) {
    case (true, false): .readOnly
    case (false, true): .writeOnly
    default: .readWrite
    }
  }

  // MARK: - Checks before the system call

  /// Returns the command's argument. Throws if a field would have to be truncated.
  func checked() throws(BPFError) -> BPFCommand.MapCreation {
    try MapName.check(name)
    try checkNothingIsIgnored()
    var creation = BPFCommand.MapCreation(
      type: type.rawValue, keySize: try field(keySize, "key size"),
      valueSize: try field(valueSize, "value size"),
      maxEntries: try field(maxEntries, "max_entries"))
    creation.name = name
    creation.flags = flags.rawValue
    creation.extra = options.extra
    creation.numaNode = try field(options.numaNode ?? 0, "NUMA node")
    creation.interfaceIndex = try field(options.interfaceIndex, "interface index")
    creation.innerMap = options.innerMap?.descriptor.borrowed
    creation.btf = options.btf?.descriptor
    creation.btfKeyTypeID = options.btf?.keyTypeID ?? 0
    creation.btfValueTypeID = options.btf?.valueTypeID ?? 0
    creation.btfVmlinuxValueTypeID = options.vmlinuxValueTypeID
    creation.valueTypeBTF = options.valueTypeBTF
    creation.token = options.token?.borrowed
    creation.exclusiveProgramHash = options.exclusiveProgramHash
    return creation
  }

  /// Rejects options that the kernel would silently ignore.
  private func checkNothingIsIgnored() throws(BPFError) {
    if options.innerMap != nil, !type.facts.holdsMaps {
      throw BPFError(.create, .invalidArgument, mapName: name, "\(type.withArticle) map takes no inner map")
    }
    if let btf = options.btf, btf.keyTypeID == 0, btf.valueTypeID == 0, type.facts.btf != .vmlinux {
      throw BPFError(
        .create, .invalidArgument, mapName: name,
        "BTF was given, but the type of neither the key nor the value")
    }
  }

  // MARK: - The system call

  /// Creates the map, without its name if the kernel does not support map names.
  func create() throws(BPFError) -> OwnedDescriptor {
    var creation = try checked()
    if options.kernel.isKnownToLack(.mapNames) { creation.name = "" }
    do throws(Errno) {
      return try make(creation)
    } catch {
      guard error == .invalidArgument || error == .argListTooLong, !creation.name.isEmpty,
        options.kernel.lacks(.mapNames)
      else { throw explanation(of: error, creation) }
    }
    creation.name = ""
    do throws(Errno) {
      return try make(creation)
    } catch {
      throw explanation(of: error, creation)
    }
  }

  /// Creates the map, and reads its properties. `BPF_MAP_CREATE`, `BPF_OBJ_GET_INFO_BY_FD`.
  func createMap() throws(BPFError) -> OpenedMap {
    try OpenedMap(adopting: create(), .create, .map(name: name, id: nil))
  }

  /// Makes the system call once.
  func make(_ creation: BPFCommand.MapCreation) throws(Errno) -> OwnedDescriptor {
    // The handle in `options` keeps the inner map's descriptor open.
    try withExtendedLifetime(options) { () throws(Errno) in try BPFCommand.mapCreate(creation) }
  }

  private func field(_ value: Int, _ label: String) throws(BPFError) -> UInt32 {
    guard let field = UInt32(exactly: value) else {
      throw BPFError(
        .create, .wrongSize, mapName: name, "the \(label) \(value) is not between 0 and \(UInt32.max)")
    }
    return field
  }
}
