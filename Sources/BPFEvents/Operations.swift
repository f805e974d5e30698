//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
public import BPFSyscall
internal import SystemPackage

extension BPFError.Operation {
  /// Reading records of a buffer.
  @inlinable public static var consume: BPFError.Operation {
    BPFError.Operation(rawValue: "reading of records")
  }
  /// Waiting for a buffer.
  @inlinable public static var wait: BPFError.Operation { BPFError.Operation(rawValue: "wait") }
  /// Reserving room for a record.
  @inlinable public static var reserve: BPFError.Operation { BPFError.Operation(rawValue: "reservation") }
}

extension MapHandle {
  /// A failure of a buffer that the map is.
  func eventFailure(
    _ operation: BPFError.Operation, _ code: BPFError.Code, _ errno: Errno?, _ explanation: String = ""
  ) -> BPFError {
    BPFError(operation, code, errno: errno, mapName: name, mapID: id, explanation)
  }

  /// Throws unless the map is of a type.
  func prove(_ type: MapType, for reader: String) throws(BPFError) {
    guard self.type != type else { return }
    throw eventFailure(
      .open, .typeMismatch, nil, "this is a map of type \(self.type), and \(reader) needs one of type \(type)"
    )
  }
}

extension BPFError {
  /// The error of a wait that failed.
  static func waiting(for map: MapHandle, _ errno: Errno) -> BPFError {
    let (code, text): (Code, String) =
      switch errno {
      case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
        (.outOfResources, "no descriptor is left to wait with")
      case .noSpace:
        (.outOfResources, "this user waits for too much (/proc/sys/fs/epoll/max_user_watches)")
      case .noMemory, .resourceTemporarilyUnavailable:
        (.outOfResources, "no memory, or no thread, is left to wait with")
      case .badFileDescriptor, .invalidArgument:
        (.system, "other code of this process has closed a descriptor that is waited with")
      default: (.system, "")
      }
    return BPFError(.wait, code, errno: errno, mapName: map.name, mapID: map.id, text)
  }
}
