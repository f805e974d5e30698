//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation

/// The declarations of `linux_bpf.h`, parsed from its text, so that the comparison with the kernel includes every
/// addition to the header.
struct ABIHeader {
  /// A constant, such as `LINUX_BPF_MAP_CREATE`.
  struct Constant {
    var name: String
    var value: String
    var since: KernelVersion
    /// The kernel's name of the constant.
    var kernelName: String { String(name.dropFirst("LINUX_".count)) }
  }

  /// A field of a structure, without the `reserved` ones.
  struct Field {
    var structure: String
    var name: String
    var since: KernelVersion
  }

  var constants: [Constant] = []
  var fields: [Field] = []
  /// The C definitions of the structures.
  var structures = ""

  init() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
    let header = sources.appending(path: "CLinuxBPF/include/linux_bpf.h").standardizedFileURL
    var structure: String?
    for line in try String(contentsOf: header, encoding: .utf8).split(separator: "\n") {
      let since = line.firstMatch(of: /\/\/ Linux (\d+)\.(\d+)/).flatMap { KernelVersion($0.1, $0.2) }
      if let start = line.firstMatch(of: /^struct (\w+) \{/) { structure = String(start.1) }
      if structure != nil { structures += line + "\n" }
      if line.hasPrefix("};") { structure = nil }
      if let match = line.firstMatch(of: /^ +(LINUX_\w+) = ([^,]+),/) {
        constants.append(Constant(name: String(match.1), value: String(match.2), since: since ?? .any))
      } else if let structure,
        let match = line.firstMatch(of: /^ +\w+ (\w+)(\[\w+\])?( LINUX_BPF_ALIGNED)?;/),
        match.1 != "reserved"
      {
        fields.append(Field(structure: structure, name: String(match.1), since: since ?? .any))
      }
    }
  }
}

/// A Linux release, which determines the contents of the ABI.
struct KernelVersion: Comparable {
  var major: Int
  var minor: Int

  static let any = KernelVersion(major: 0, minor: 0)

  /// The running kernel's version.
  static var running: KernelVersion {
    let release = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? ""
    return release.prefixMatch(of: /(\d+)\.(\d+)/).flatMap { KernelVersion($0.1, $0.2) } ?? .any
  }

  init(major: Int, minor: Int) { (self.major, self.minor) = (major, minor) }

  init?(_ major: Substring, _ minor: Substring) {
    guard let major = Int(major), let minor = Int(minor) else { return nil }
    self.init(major: major, minor: minor)
  }

  static func < (a: KernelVersion, b: KernelVersion) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
}
