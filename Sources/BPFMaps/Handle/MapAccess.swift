//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The access to a map's elements that a handle grants.
///
/// Access belongs to the descriptor, not to the map: another handle for the same map may have different access.
public enum MapAccess: Hashable, Sendable, CaseIterable, CustomStringConvertible {
  /// Read and write.
  case readWrite
  /// Read only: the kernel rejects updates and deletions. Linux 4.15.
  case readOnly
  /// Write only: the kernel rejects look-ups and next-key requests. Linux 4.15.
  case writeOnly

  /// A description for messages, such as `read-only`.
  public var description: String {
    switch self {
    case .readWrite: "read-write"
    case .readOnly: "read-only"
    case .writeOnly: "write-only"
    }
  }

  /// The flags that open a map with this access.
  package var flags: MapCreateFlags {
    switch self {
    case .readWrite: []
    case .readOnly: .readOnly
    case .writeOnly: .writeOnly
    }
  }
}
