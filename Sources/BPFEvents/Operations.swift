//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall
internal import SystemPackage

extension BPFError.Operation {
  /// Reading records from a buffer.
  @inlinable public static var consume: BPFError.Operation {
    BPFError.Operation("consume", phrase: "reading of records")
  }
  /// Waiting for a buffer.
  @inlinable public static var wait: BPFError.Operation { BPFError.Operation(rawValue: "wait") }
  /// Stopping or resuming the output to a buffer.
  @inlinable public static var pause: BPFError.Operation {
    BPFError.Operation("pause", phrase: "pausing of output")
  }
  /// Reserving space for a record.
  @inlinable public static var reserve: BPFError.Operation {
    BPFError.Operation("reserve", phrase: "reservation")
  }
}

extension MapHandle {
  /// Returns an error that names this map.
  func eventFailure(
    _ operation: BPFError.Operation, _ code: BPFError.Code, _ errno: Errno?, _ explanation: String = ""
  ) -> BPFError {
    BPFError(operation, code, errno: errno, mapName: name, mapID: id, explanation)
  }

  /// Throws `BPFError.Code.typeMismatch` unless the map has a type.
  func requireType(_ type: MapType, for reader: String) throws(BPFError) {
    guard self.type != type else { return }
    throw eventFailure(
      .open, .typeMismatch, nil, "the map has type \(self.type): \(reader) needs a map of type \(type)"
    )
  }
}

extension BPFError {
  /// Returns the error for a wait that failed.
  static func waiting(for map: MapHandle, _ errno: Errno) -> BPFError {
    let (code, text): (Code, String) =
      switch errno {
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
        (.outOfResources, "no descriptor is left for the wait")
      case .noSpace:
        (.outOfResources, "this user has too many epoll watches (/proc/sys/fs/epoll/max_user_watches)")
      case .noMemory, .resourceTemporarilyUnavailable:
        (.outOfResources, "no memory or no thread is left for the wait")
      case .badFileDescriptor, .invalidArgument:
        (.system, "other code in this process has closed a descriptor that the wait uses")
      default: (.system, "")
      }
    return BPFError(.wait, code, errno: errno, mapName: map.name, mapID: map.id, text)
  }
}
