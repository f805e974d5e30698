//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// The properties of a map that `list` and `show` print.
struct MapProperties {
  let info: MapInfo
  let descriptor: MapDescriptorInfo
  let access: MapAccess
  /// The types of keys and values; empty in a list.
  let types: MapTypes

  /// Reads all properties of a map.
  init(_ map: MapHandle) throws(BPFError) {
    info = try map.info()
    descriptor = try map.descriptorInfo()
    access = map.access
    types = MapTypes(of: map)
  }

  /// Reads the properties that a list shows, without the types.
  init(listing map: borrowing OpenedMap) throws(BPFError) {
    info = map.info
    descriptor = try map.descriptorInfo()
    access = .readOnly
    types = MapTypes()
  }

  /// The map's memory, such as `4.0 KiB`; `-` if it is unknown.
  var memory: String { descriptor.memlock.map { ByteSize.text(UInt64($0)) } ?? "-" }

  var flagNames: String {
    let names = CreateFlagNames.text(info.flags)
    return names.isEmpty ? "-" : names
  }

  var frozen: String { descriptor.isFrozen.map { $0 ? "yes" : "no" } ?? "-" }

  var ownerProgramType: String? { descriptor.ownerProgramType.map { ProgramType(rawValue: $0).kernelName } }
}

// MARK: - JSON

extension MapProperties {
  /// Writes the members of the object that `bpftool -j map show` prints, in its order, and additional ones.
  ///
  /// Members that do not apply are null, so that the members are always the same. bpftool omits them.
  func writeMembers(to json: inout JSONWriter) {
    json.member("id", info.id.rawValue)
    json.member("type", info.type.kernelName)
    json.member("name", info.name)
    json.member("flags", info.flags.rawValue)
    writeDevice(to: &json)
    json.member("bytes_key", info.keySize)
    json.member("bytes_value", info.valueSize)
    json.member("max_entries", info.maxEntries)
    json.member("bytes_memlock", descriptor.memlock)
    json.member("owner_prog_type", ownerProgramType)
    json.key("owner_jited")
    json.bool(descriptor.ownerIsJITed)
    json.member("frozen", descriptor.isFrozen.map { $0 ? 1 : 0 })
    json.member("btf_id", nonzero(info.btfID))
    json.member("btf_key_type_id", nonzero(info.btfKeyTypeID))
    json.member("btf_value_type_id", nonzero(info.btfValueTypeID))
    json.member("btf_vmlinux_value_type_id", nonzero(info.btfVmlinuxValueTypeID))
    json.member("btf_vmlinux_id", nonzero(info.btfVmlinuxID))
    json.member("map_extra", info.extra)
  }

  /// Writes all members of `show`, including the types and the caller's access.
  func writeAll(to json: inout JSONWriter) {
    writeMembers(to: &json)
    json.member("key_type", types.key?.cName)
    json.member("value_type", types.value?.cName)
    json.member("access", "\(access)")
  }

  private func writeDevice(to json: inout JSONWriter) {
    json.key("dev")
    guard info.interfaceIndex != 0 else { return json.null() }
    json.object { json in
      json.member("ifindex", info.interfaceIndex)
      json.member("ns_dev", info.networkNamespaceDevice)
      json.member("ns_inode", info.networkNamespaceInode)
    }
  }

  private func nonzero(_ id: UInt32) -> UInt32? { id == 0 ? nil : id }
}

// MARK: - Text

extension MapProperties {
  /// A line for each property. Less common properties are included only if they are set.
  var text: String {
    var table = TextTable(columns: [("", .left), ("", .left)])
    table.add("  type", "\(info.type)")
    table.add("  key", ByteSize.text(UInt64(info.keySize)) + typeName(types.key))
    let perCPU = info.type.isPerCPU ? " for each CPU" : ""
    table.add("  value", ByteSize.text(UInt64(info.valueSize)) + perCPU + typeName(types.value))
    table.add("  max entries", "\(info.maxEntries)")
    table.add("  flags", info.flags.isEmpty ? "-" : "\(flagNames) (0x\(hex(info.flags.rawValue)))")
    table.add("  memory", memory)
    table.add("  frozen", frozen)
    table.add("  access", "\(access)")
    if info.extra != 0 { table.add("  extra", "0x\(hex(info.extra))") }
    if let ownerProgramType {
      table.add("  programs", ownerProgramType + (descriptor.ownerIsJITed == true ? ", JITed" : ""))
    }
    if info.interfaceIndex != 0 {
      let namespace = "namespace \(info.networkNamespaceDevice):\(info.networkNamespaceInode)"
      table.add("  device", "interface \(info.interfaceIndex), \(namespace)")
    }
    if info.btfID != 0 {
      table.add("  BTF", "id \(info.btfID), key type \(info.btfKeyTypeID), value type \(info.btfValueTypeID)")
    }
    if info.btfVmlinuxValueTypeID != 0 {
      table.add("  kernel BTF", "id \(info.btfVmlinuxID), value type \(info.btfVmlinuxValueTypeID)")
    }
    return "map \(info.name.isEmpty ? "" : "'\(info.name)' ")(id \(info.id))\n" + table.text
  }

  private func typeName(_ type: BTFType?) -> String { type.map { ", \($0.cName)" } ?? "" }

  private func hex(_ bits: some FixedWidthInteger) -> String { String(bits, radix: 16) }
}
