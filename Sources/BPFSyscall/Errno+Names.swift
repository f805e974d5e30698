//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
public import SystemPackage

extension Errno {
  /// The kernel's "not supported" (`ENOTSUPP`, 524): maps of this type have no such operation.
  ///
  /// The number is not meant for user space, and no C library names it, but bpf(2) returns it.
  public static var notSupportedByKernel: Errno { Errno(rawValue: LINUX_ENOTSUPP) }

  /// The text and the name, such as `argument list too long (E2BIG)`.
  package var explained: String {
    let text = self == .notSupportedByKernel ? "operation not supported" : description
    return "\(text.prefix(1).lowercased())\(text.dropFirst()) (\(symbol))"
  }

  /// The constant's name in C, such as `E2BIG`; for one that bpf(2) does not use, `errno` and its number.
  package var symbol: String {
    switch self {
    case .notSupportedByKernel: "ENOTSUPP"
    case .notPermitted: "EPERM"
    case .noSuchFileOrDirectory: "ENOENT"
    case .noSuchProcess: "ESRCH"
    case .interrupted: "EINTR"
    case .ioError: "EIO"
    case .noSuchAddressOrDevice: "ENXIO"
    case .argListTooLong: "E2BIG"
    case .badFileDescriptor: "EBADF"
    case .resourceTemporarilyUnavailable: "EAGAIN"
    case .noMemory: "ENOMEM"
    case .permissionDenied: "EACCES"
    case .badAddress: "EFAULT"
    case .resourceBusy: "EBUSY"
    case .fileExists: "EEXIST"
    case .improperLink: "EXDEV"
    case .operationNotSupportedByDevice: "ENODEV"
    case .notDirectory: "ENOTDIR"
    case .isDirectory: "EISDIR"
    case .invalidArgument: "EINVAL"
    case .tooManyOpenFilesInSystem: "ENFILE"
    case .tooManyOpenFiles: "EMFILE"
    case .noSpace: "ENOSPC"
    case .readOnlyFileSystem: "EROFS"
    case .brokenPipe: "EPIPE"
    case .outOfRange: "ERANGE"
    case .deadlock: "EDEADLK"
    case .fileNameTooLong: "ENAMETOOLONG"
    case .noFunction: "ENOSYS"
    case .tooManySymbolicLinkLevels: "ELOOP"
    case .overflow: "EOVERFLOW"
    case .notSupported: "EOPNOTSUPP"
    case .protocolNotSupported: "EPROTONOSUPPORT"
    case .addressInUse: "EADDRINUSE"
    case .timedOut: "ETIMEDOUT"
    case .staleNFSFileHandle: "ESTALE"
    case .noLink: "ENOLINK"
    default: "errno \(rawValue)"
    }
  }
}
