//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
public import BPFSyscall
internal import SystemPackage

/// A kind of perf event, of perf_event_open(2).
public struct PerfEventType: RawRepresentable, Hashable, Sendable {
  /// The kernel's number: `PERF_TYPE_*`, or the `type` file of a device in /sys/bus/event_source/devices.
  public let rawValue: UInt32

  /// Creates a type with the kernel's number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Hardware counters of the processor.
  public static let hardware = PerfEventType(rawValue: 0)
  /// Software counters and clocks of the kernel.
  public static let software = PerfEventType(rawValue: 1)
  /// Tracepoints.
  public static let tracepoint = PerfEventType(rawValue: 2)
  /// Counters of the processor's caches.
  public static let hardwareCache = PerfEventType(rawValue: 3)
  /// Hardware counters by the processor's own event numbers.
  public static let raw = PerfEventType(rawValue: 4)
  /// Breakpoints.
  public static let breakpoint = PerfEventType(rawValue: 5)
}

/// A perf event and the rate at which its program runs.
public struct PerfEventTarget: Hashable, Sendable {
  /// The rate at which the program runs.
  public enum Sampling: Hashable, Sendable {
    /// Once for each given number of events; for clocks, of nanoseconds.
    case period(UInt64)
    /// About the given number of times a second.
    case frequency(UInt64)
  }

  /// The kind of event.
  public var type: PerfEventType

  /// The event within its type.
  public var config: UInt64

  /// The rate at which the program runs.
  public var sampling: Sampling

  /// Creates an event from the kernel's numbers.
  public init(type: PerfEventType, config: UInt64, sampling: Sampling) {
    (self.type, self.config, self.sampling) = (type, config, sampling)
  }

  /// Counts the time of a CPU, independent of the running task. `PERF_COUNT_SW_CPU_CLOCK`.
  public static func cpuClock(_ sampling: Sampling) -> PerfEventTarget {
    PerfEventTarget(type: .software, config: 0, sampling: sampling)
  }
  /// Counts the time that tasks run. `PERF_COUNT_SW_TASK_CLOCK`.
  public static func taskClock(_ sampling: Sampling) -> PerfEventTarget {
    PerfEventTarget(type: .software, config: 1, sampling: sampling)
  }
  /// Counts page faults. `PERF_COUNT_SW_PAGE_FAULTS`.
  public static func pageFaults(_ sampling: Sampling = .period(1)) -> PerfEventTarget {
    PerfEventTarget(type: .software, config: 2, sampling: sampling)
  }
  /// Counts context switches. `PERF_COUNT_SW_CONTEXT_SWITCHES`.
  public static func contextSwitches(_ sampling: Sampling = .period(1)) -> PerfEventTarget {
    PerfEventTarget(type: .software, config: 3, sampling: sampling)
  }
  /// Counts CPU cycles. `PERF_COUNT_HW_CPU_CYCLES`.
  public static func cpuCycles(_ sampling: Sampling) -> PerfEventTarget {
    PerfEventTarget(type: .hardware, config: 0, sampling: sampling)
  }
  /// Counts retired instructions. `PERF_COUNT_HW_INSTRUCTIONS`.
  public static func instructions(_ sampling: Sampling) -> PerfEventTarget {
    PerfEventTarget(type: .hardware, config: 1, sampling: sampling)
  }
  /// Counts misses of the last-level cache. `PERF_COUNT_HW_CACHE_MISSES`.
  public static func cacheMisses(_ sampling: Sampling) -> PerfEventTarget {
    PerfEventTarget(type: .hardware, config: 3, sampling: sampling)
  }
}

extension Program {
  /// Attaches the program to a perf event, such as a counter or clock, of one CPU or one process.
  ///
  /// System calls: perf_event_open(2), `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.9, with a cookie 5.15.
  /// Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - event: the event and the rate at which the program runs.
  ///   - cpu: the CPU; nil for all CPUs that run the process.
  ///   - process: the process ID, 0 for the caller; nil for all processes, which requires a CPU.
  ///   - cookie: a number that the program reads with `bpf_get_attach_cookie`.
  /// - Returns: a link that keeps the program attached while it exists.
  /// - Throws: `BPFError`. `BPFError.Code.unsupported` if this machine cannot count such events;
  ///   `BPFError.Code.notFound` if there is no such process, or the CPU is not online; `BPFError.Code.invalidArgument`
  ///   for a CPU that this machine cannot have; `BPFError.Code.wrongObject` for a program of another type than
  ///   `perf_event`; `BPFError.Code.permissionDenied`.
  public func attach(
    toPerfEvent event: PerfEventTarget, cpu: Int?, process: Int32? = nil, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    var hook = AttachTarget(
      "perf event \(event.config) of type \(event.type.rawValue)", .perfEvent,
      since: cookie == 0 ? "Linux 4.9" : "Linux 5.15")
    try hook.check(self)
    guard cpu != nil || process != nil else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "a perf event needs a CPU or a process: for all processes, attach to each CPU")
    }
    var request = PerfEventDescriptor.Request(type: event.type.rawValue, config: event.config)
    (request.samplePeriod, request.isFrequency) =
      switch event.sampling {
      case .period(let period): (period, false)
      case .frequency(let frequency): (frequency, true)
      }
    hook.causes = [
      .noSuchFileOrDirectory: (.unsupported, "this machine cannot count \(hook.description)"),
      .notSupported: (.unsupported, "this machine cannot count \(hook.description)"),
      .noSuchProcess: (.notFound, "there is no process \(process ?? 0)"),
      .operationNotSupportedByDevice: (.notFound, "CPU \(cpu ?? 0) does not exist, or is not online"),
      .invalidArgument: (.invalidArgument, "the kernel rejects the event, period, CPU or process"),
    ]
    let opened: PerfEventDescriptor
    do throws(Errno) {
      opened = try PerfEventDescriptor(request, process: process, cpu: cpu)
    } catch {
      throw hook.failure(self, error)
    }
    return try hook.link(self, cookie: cookie, to: opened)
  }
}
