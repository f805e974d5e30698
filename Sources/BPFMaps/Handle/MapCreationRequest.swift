//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// What is asked of `BPF_MAP_CREATE`.
///
/// The kernel answers `EINVAL` to most mistakes. It alone decides; only after it refused are its rules gone
/// through for the one that was broken.
struct MapCreationRequest {
  var type: MapType
  var name: String
  var keySize: Int
  var valueSize: Int
  var maxEntries: Int
  var options: MapOptions

  /// The flags, with those that follow from other options.
  var flags: MapCreateFlags {
    var flags = options.flags
    if options.numaNode != nil { flags.insert(.numaNode) }
    if options.valueTypeBTF != nil { flags.insert(.valueTypeBTF) }
    if options.token != nil { flags.insert(.token) }
    return flags
  }

  // MARK: - Before the kernel is asked

  /// The command's argument, once nothing in it would have to be cut off to fit.
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
    creation.token = options.token
    creation.exclusiveProgramHash = options.exclusiveProgramHash
    return creation
  }

  /// Refuses what the kernel would pass over in silence.
  private func checkNothingIsIgnored() throws(BPFError) {
    if options.innerMap != nil, !type.traits.contains(.holdsMaps) {
      throw BPFError(.create, .invalidArgument, mapName: name, "\(type.withArticle) map takes no inner map")
    }
    if let btf = options.btf, btf.keyTypeID == 0, btf.valueTypeID == 0, type != .structOps {
      throw BPFError(
        .create, .invalidArgument, mapName: name,
        "there is BTF, and neither a type of the key nor one of the value in it")
    }
  }

  // MARK: - The kernel

  /// Creates the map; without its name where the kernel knows no names.
  func create() throws(BPFError) -> OwnedDescriptor {
    var creation = try checked()
    if options.kernel.isKnownToLack(.mapNames) { creation.name = "" }
    do throws(Errno) {
      return try make(creation)
    } catch {
      guard error == .invalidArgument || error == .argListTooLong, !creation.name.isEmpty,
        options.kernel.lacks(.mapNames)
      else { throw explanation(of: error) }
    }
    creation.name = ""
    do throws(Errno) {
      return try make(creation)
    } catch {
      throw explanation(of: error)
    }
  }

  /// Asks the kernel once.
  func make(_ creation: BPFCommand.MapCreation) throws(Errno) -> OwnedDescriptor {
    // The inner map's descriptor is open as long as its handle is there.
    try withExtendedLifetime(options) { () throws(Errno) in try BPFCommand.mapCreate(creation) }
  }

  private func field(_ value: Int, _ what: String) throws(BPFError) -> UInt32 {
    guard let field = UInt32(exactly: value) else {
      throw BPFError(
        .create, .wrongSize, mapName: name, "the \(what) \(value) is not between 0 and \(UInt32.max)")
    }
    return field
  }
}
