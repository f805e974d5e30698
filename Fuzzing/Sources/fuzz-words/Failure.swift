//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// An error of a command that is not a `BPFError`.
///
/// The case determines the exit status, so that scripts can distinguish a failed operation from a wrong command line.
enum Failure: Error, Equatable {
  /// The command line is invalid, or does not fit the map.
  case usage(String)
  /// The map's type does not support the operation.
  case unsupported(String)
  /// The operation failed, with the errno if there is one.
  case failed(String, Errno? = nil)

  var message: String {
    switch self {
    case .usage(let message), .unsupported(let message), .failed(let message, _): message
    }
  }

  /// The identifier of the case in JSON output, as `BPFError.Code` has them.
  var code: String {
    switch self {
    case .usage: "usage"
    case .unsupported: "unsupported"
    case .failed: "failed"
    }
  }

  var exitStatus: ExitStatus {
    switch self {
    case .usage: .usage
    case .unsupported, .failed: .failed
    }
  }

  var errno: Errno? { if case .failed(_, let errno) = self { errno } else { nil } }
}

/// The exit status of the process. Documented in `bpfmap --help`, so scripts rely on it.
enum ExitStatus: Int32 {
  case success = 0
  case failed = 1
  /// The key, map or pin does not exist, or the queue is empty.
  case notFound = 2
  /// The command line is wrong: `EX_USAGE` of sysexits(3), which ArgumentParser also uses.
  case usage = 64
}
