//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a handle may do with a map's elements.
///
/// It is a property of the descriptor, not of the map: another handle of the same map may have another.
public enum MapAccess: Hashable, Sendable, CaseIterable, CustomStringConvertible {
  /// Read and write.
  case readWrite
  /// Read only: updates and deletions are refused. Linux 4.15.
  case readOnly
  /// Write only: look-ups and next key are refused. Linux 4.15.
  case writeOnly

  /// In words.
  public var description: String {
    switch self {
    case .readWrite: "read-write"
    case .readOnly: "read-only"
    case .writeOnly: "write-only"
    }
  }

  /// The flags that open a map so.
  var flags: MapCreateFlags {
    switch self {
    case .readWrite: []
    case .readOnly: .readOnly
    case .writeOnly: .writeOnly
    }
  }
}
