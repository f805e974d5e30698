//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

extension Program {
  /// Attaches the program to a tracepoint, which passes it the fields listed in /sys/kernel/tracing/events.
  ///
  /// The tracing file system need not be mounted.
  ///
  /// System calls: those of reading a file there, perf_event_open(2), `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`.
  /// Linux 4.7, with a cookie 5.15. Capabilities: `CAP_BPF` and `CAP_PERFMON`, and `CAP_SYS_ADMIN` to read the
  /// tracepoint's number, unless its file permits others to read it.
  ///
  /// - Parameters:
  ///   - name: the tracepoint, such as `sched_switch`; or with its category, such as `sched:sched_switch`.
  ///   - category: its category, such as `sched`; nil if the name has it.
  ///   - cookie: a number that the program reads with `bpf_get_attach_cookie`.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.notFound` if there is no such tracepoint; `BPFError.Code.wrongObject` for a
  ///   program of another type than `tracepoint`; `BPFError.Code.invalidArgument` for one that reads beyond the
  ///   tracepoint's fields; `BPFError.Code.permissionDenied`; `BPFError.Code.unavailable` if the tracing file system
  ///   cannot be read.
  public func attach(
    toTracepoint name: String, category: String? = nil, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    let (name, category) = try tracepointName(name, category)
    let hook = AttachTarget(
      "tracepoint '\(category):\(name)'", .tracepoint, since: cookie == 0 ? "Linux 4.7" : "Linux 5.15")
    try hook.check(self)
    let id = try tracepointNumber(name, category, hook)
    let event: PerfEventDescriptor
    do throws(Errno) {
      // A tracepoint's event on one CPU runs its program on all CPUs.
      event = try PerfEventDescriptor(
        PerfEventDescriptor.Request(type: PerfEventType.tracepoint.rawValue, config: id), process: nil, cpu: 0
      )
    } catch {
      throw hook.failure(self, error)
    }
    do throws(BPFError) {
      return try hook.link(self, cookie: cookie, to: event)
    } catch {
      guard error.errno == .permissionDenied, let format = TracepointFormat(of: name, in: category) else {
        throw error
      }
      throw BPFError(
        .attach, .invalidArgument, errno: error.errno, subject,
        "the program reads beyond the fields of \(hook.description), which end at byte \(format.end) (see "
          + "/sys/kernel/tracing/\(format.path)), or a security policy of this system forbids attaching to it"
      )
    }
  }

  /// Returns a tracepoint's name and category, which the name may begin with.
  private func tracepointName(
    _ name: String, _ category: String?
  ) throws(BPFError) -> (name: String, category: String) {
    if let category { return (name, category) }
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw BPFError(
        .attach, .invalidName, subject,
        "the category of tracepoint '\(name)' is missing: give it, or a name such as 'sched:sched_switch'")
    }
    return (String(parts[1]), String(parts[0]))
  }

  /// Returns the kernel's number for a tracepoint.
  private func tracepointNumber(
    _ name: String, _ category: String, _ hook: AttachTarget
  ) throws(BPFError) -> UInt64 {
    guard [name, category].allSatisfy({ TracepointName.isPlain($0) }) else {
      throw BPFError(.attach, .invalidName, subject, "\(hook.description) is not a valid tracepoint name")
    }
    let text: String
    do throws(Errno) {
      text = try TraceFileSystem.read("events/\(category)/\(name)/id")
    } catch {
      throw switch error {
      case .noSuchFileOrDirectory: hook.failure(self, error)
      case .notPermitted, .permissionDenied:
        BPFError(
          .attach, .permissionDenied, errno: error, subject,
          "this process may not read the number of \(hook.description) from the tracing file system")
      case _ where error.isTransient || error == .ioError:
        BPFError(
          .attach, error.unansweredCode, errno: error, subject,
          "the number of \(hook.description) could not be read from the tracing file system")
      default:
        BPFError(
          .attach, .unavailable, errno: error, subject,
          "the tracing file system cannot be read: mount it with 'mount -t tracefs tracefs /sys/kernel/tracing'"
        )
      }
    }
    guard let id = UInt64(text.filter { !$0.isWhitespace }) else {
      throw BPFError(
        .attach, .malformed, subject, "the number of \(hook.description) is not a number: '\(text)'")
    }
    return id
  }
}

private enum TracepointName {
  /// Whether a name is a single path component, and neither `.` nor `..`.
  static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
  }
}
