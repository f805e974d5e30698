//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// An error of a command, other than those of the kernel (`BPFError`).
///
/// Each case has its own exit status, so that scripts can tell a missing key from a wrong command line.
enum Failure: Error, Equatable {
  /// The arguments are invalid, or do not fit the map.
  case usage(String)
  /// The map's type does not support the operation, or not from user space.
  case unsupported(String)
  /// The operation failed, possibly with a system error.
  case failed(String, Errno? = nil)

  var message: String {
    switch self {
    case .usage(let message), .unsupported(let message), .failed(let message, _): message
    }
  }

  /// The code in JSON output. It equals the code of `BPFError.Code` with the same meaning.
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

/// The exit statuses, as documented in `bpfmap --help`.
enum ExitStatus: Int32 {
  case success = 0
  case failed = 1
  /// The requested object does not exist: a key, a map, a pin, or an element of an empty queue.
  case notFound = 2
  /// A wrong command line: the number of sysexits(3), which ArgumentParser uses as well.
  case usage = 64
}
