//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension ObjectFile {
  /// The longest name that the kernel takes for a map, in bytes.
  private static let longestName = 15

  /// The name that the kernel shows for a map.
  ///
  /// It has at most 15 bytes. Those of global data begin with as much of the object's name as leaves room for seven
  /// bytes of the section's, unless the section's has a second dot: `counter.bss`, `a_long_n.rodata`, `.data.special`.
  /// So libbpf names them, and so they are looked for by their names.
  package func kernelName(of map: MapDefinition) -> String {
    guard map.kind.isGlobalData || map.kind == .configuration else {
      return String(decoding: map.name.utf8.prefix(ObjectFile.longestName), as: UTF8.self)
    }
    let room = min(max(map.name.utf8.count, 7), ObjectFile.longestName)
    let isCustom = map.name.utf8.dropFirst().contains(UInt8(ascii: "."))
    let prefix = isCustom ? [] : Array(name.utf8.prefix(ObjectFile.longestName - room))
    let bytes = (prefix + map.name.utf8.prefix(room)).map { byte in
      ObjectFile.mayBeInName(byte) ? byte : UInt8(ascii: "_")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func mayBeInName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
