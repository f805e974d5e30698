//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import SystemPackage

/// The temporary names under which pins are made beside their final names, before a rename publishes them.
package enum TemporaryPin {
  /// Returns a temporary path in a directory, unique by object id: a killed process can leave a pin there only for its
  /// own object, which keeps the id while the file exists.
  ///
  /// - Parameter number: tells apart several pins that are made of the object at the same time; nil for one.
  package static func path(
    in directory: FilePath, _ kind: BPFObjectKind, id: UInt32, number: UInt32? = nil
  ) -> FilePath {
    directory.appending("\(prefix)\(kind.rawValue)_\(id)" + (number.map { "_\($0)" } ?? ""))
  }

  /// The beginning of all temporary names. Only this library uses it.
  private static let prefix = "swift_bpf_pending_"

  /// Returns whether a file has a temporary name, or that of a replaced pin.
  package static func isName(_ name: String) -> Bool {
    guard name.hasPrefix(prefix) else { return false }
    let words = name.dropFirst(prefix.count).split(separator: "_", omittingEmptySubsequences: false)
    guard words.count == 2 || words.count == 3, BPFObjectKind(rawValue: String(words[0])) != nil,
      UInt32(words[1]) != nil
    else { return false }
    return words.count == 2 || words[2] == "old" || UInt32(words[2]) != nil
  }
}
