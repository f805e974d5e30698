//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import ELF

/// The role of a section in an object.
enum SectionRole: Hashable {
  case license
  case kernelVersion
  case types
  case typesExtension
  case declaredMaps
  case legacyMaps
  case globalData(MapDefinition.Kind)
  case arenaData
  case jumpTables
  case structOps
  case code
  case nothing

  init(_ section: ELFFile.Section) {
    let (name, type) = (section.name, section.type)
    switch name {
    case "license": self = .license
    case "version": self = .kernelVersion
    case ".BTF": self = .types
    case ".BTF.ext": self = .typesExtension
    case ".maps": self = .declaredMaps
    case "maps": self = .legacyMaps
    case _ where section.byteCount == 0: self = .nothing
    case _ where type == .zeros && SectionRole.isNamed(name, ".bss"): self = .globalData(.zeroed)
    case _ where type != .bytes: self = .nothing
    case _ where section.isExecutable: self = .code
    case _ where SectionRole.isNamed(name, ".data"): self = .globalData(.data)
    case _ where SectionRole.isNamed(name, ".rodata"): self = .globalData(.readOnlyData)
    case ".addr_space.1": self = .arenaData
    case ".jumptables": self = .jumpTables
    case ".struct_ops", ".struct_ops.link", "?.struct_ops", "?.struct_ops.link": self = .structOps
    default: self = .nothing
    }
  }

  /// Whether a name equals another, or extends it after a dot.
  private static func isNamed(_ name: String, _ prefix: String) -> Bool {
    name == prefix || name.hasPrefix(prefix + ".")
  }
}
