//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Why a command could not do what it was told, other than the kernel's own answers (`BPFError`).
///
/// Each case is an exit status: scripts can tell a missing key from a wrong command line.
enum Failure: Error, Equatable {
  /// The words on the command line do not make sense, or do not fit the map they name.
  case usage(String)
  /// The map's type has no such operation, or not from here.
  case unsupported(String)
  /// The operation was tried and did not work, with the system's answer if there was one.
  case failed(String, Errno? = nil)

  var message: String {
    switch self {
    case .usage(let message), .unsupported(let message), .failed(let message, _): message
    }
  }

  /// The word that stands for the case in JSON; the same words as `BPFError.Code` where both say the same.
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

/// What the process exits with. Documented in `bpfmap --help`, so scripts rely on it.
enum ExitStatus: Int32 {
  case success = 0
  case failed = 1
  /// What was asked for is not there: a key, a map, a pin, an element of an empty queue.
  case notFound = 2
  /// The number sysexits(3) gives to a wrong command line, and ArgumentParser uses too.
  case usage = 64
}
