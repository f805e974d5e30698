//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to a tracepoint, which gives it the fields that /sys/kernel/tracing/events tells of.
  ///
  /// The file system for tracing need not be mounted.
  ///
  /// System calls: those of reading a file there, perf_event_open(2), `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`.
  /// Linux 4.7, with a cookie 5.15. Capabilities: `CAP_BPF` and `CAP_PERFMON`, and `CAP_SYS_ADMIN` to read what number the
  /// tracepoint has, unless its file system lets others.
  ///
  /// - Parameters:
  ///   - name: the tracepoint, such as `sched_switch`.
  ///   - category: its category, such as `sched`.
  ///   - cookie: a number that the program can ask for, with `bpf_get_attach_cookie`.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such tracepoint, `BPFError.Code.wrongObject` for a
  ///   program of another type than `tracepoint`, `BPFError.Code.permissionDenied`, `BPFError.Code.unavailable` if the
  ///   file system for tracing cannot be had.
  public func attach(
    toTracepoint name: String, category: String, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    let place = AttachTarget(
      "tracepoint '\(category):\(name)'", .tracepoint, since: cookie == 0 ? "Linux 4.7" : "Linux 5.15")
    try place.check(self)
    let id = try tracepointNumber(name, category, place)
    let event: PerfEventDescriptor
    do throws(Errno) {
      // An event of a tracepoint on one CPU runs its program on all.
      event = try PerfEventDescriptor(
        PerfEventDescriptor.Request(type: PerfEventType.tracepoint.rawValue, config: id), process: nil, cpu: 0
      )
    } catch {
      throw place.failure(self, error)
    }
    return try place.link(self, cookie: cookie, to: event)
  }

  /// The number that the kernel gave to a tracepoint.
  private func tracepointNumber(
    _ name: String, _ category: String, _ place: AttachTarget
  ) throws(BPFError) -> UInt64 {
    guard [name, category].allSatisfy({ TracepointName.isPlain($0) }) else {
      throw BPFError(.attach, .invalidName, subject, "\(place.description) is no name of a tracepoint")
    }
    let text: String
    do throws(Errno) {
      text = try TraceFileSystem.read("events/\(category)/\(name)/id")
    } catch {
      throw switch error {
      case .noSuchFileOrDirectory: place.failure(self, error)
      case .notPermitted, .permissionDenied:
        BPFError(
          .attach, .permissionDenied, errno: error, subject,
          "this process may not read the number of \(place.description) from the file system for tracing")
      case _ where error.isTransient || error == .ioError:
        BPFError(
          .attach, error.unansweredCode, errno: error, subject,
          "the number of \(place.description) could not be read from the file system for tracing")
      default:
        BPFError(
          .attach, .unavailable, errno: error, subject,
          "the file system for tracing cannot be read; mount it by 'mount -t tracefs tracefs /sys/kernel/tracing'"
        )
      }
    }
    guard let id = UInt64(text.filter { !$0.isWhitespace }) else {
      throw BPFError(.attach, .malformed, subject, "the number of \(place.description) is none: '\(text)'")
    }
    return id
  }
}

private enum TracepointName {
  /// Whether a name is one step of a path, and no way out of it.
  static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
  }
}
