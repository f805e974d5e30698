//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension ObjectFile {
  /// Returns the kernel's name for a map.
  ///
  /// A kernel name has at most 15 bytes. The names of global data maps begin with the object's name, cut to leave
  /// room for the section's name or for seven bytes if that is shorter, unless the section's name has a second dot:
  /// `counter.bss`, `a_long_n.rodata`, `.data.special`. This is libbpf's naming, so tools find the maps by it.
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
  /// The maximum length of a kernel name of a map or program, in bytes.
  fileprivate static let longestKernelName = 15

  /// The kernel name: the first 15 bytes, with `_` for each byte that the kernel rejects.
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
