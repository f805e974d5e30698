//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension ObjectFile {
  /// The name that the kernel shows for a map.
  ///
  /// It has at most 15 bytes. Those of global data begin with as much of the object's name as leaves room for seven
  /// bytes of the section's, unless the section's has a second dot: `counter.bss`, `a_long_n.rodata`, `.data.special`.
  /// So libbpf names them, and so they are looked for by their names.
  package func kernelName(of map: MapDefinition) -> String {
    guard map.kind.isGlobalData || map.kind == .configuration else {
      return map.name.kernelName
    }
    let room = min(max(map.name.utf8.count, 7), String.longestKernelName)
    let isCustom = map.name.utf8.dropFirst().contains(UInt8(ascii: "."))
    let prefix = isCustom ? [] : Array(name.utf8.prefix(String.longestKernelName - room))
    return String(decoding: prefix + map.name.utf8.prefix(room), as: UTF8.self).kernelName
  }
}

extension String {
  /// The longest name that the kernel takes for a map or program, in bytes.
  fileprivate static let longestKernelName = 15

  /// The name that the kernel is given for this one: its first 15 bytes, with `_` for each that the kernel refuses.
  var kernelName: String {
    if utf8.count <= String.longestKernelName, utf8.allSatisfy(String.mayBeInKernelName) { return self }
    let bytes = utf8.prefix(String.longestKernelName).map { byte in
      String.mayBeInKernelName(byte) ? byte : UInt8(ascii: "_")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func mayBeInKernelName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
