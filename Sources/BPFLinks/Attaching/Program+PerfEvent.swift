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
  /// The kernel's number, `PERF_TYPE_*` or what /sys/bus/event_source/devices tells.
  public let rawValue: UInt32

  /// A kind with the kernel's number.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Counters of the processor.
  public static let hardware = PerfEventType(rawValue: 0)
  /// Counters and clocks of the kernel.
  public static let software = PerfEventType(rawValue: 1)
  /// Tracepoints.
  public static let tracepoint = PerfEventType(rawValue: 2)
  /// Counters of the processor's caches.
  public static let hardwareCache = PerfEventType(rawValue: 3)
  /// Counters of the processor by its own numbers.
  public static let raw = PerfEventType(rawValue: 4)
  /// Breakpoints.
  public static let breakpoint = PerfEventType(rawValue: 5)
}

/// Something that is counted, and how often its program runs.
public struct PerfEventTarget: Hashable, Sendable {
  /// How often the program runs.
  public enum Sampling: Hashable, Sendable {
    /// Each time that so many were counted; for clocks in nanoseconds.
    case period(UInt64)
    /// So many times a second, about.
    case frequency(UInt64)
  }

  /// The kind of event.
  public var type: PerfEventType

  /// Which event of the kind.
  public var config: UInt64

  /// How often the program runs.
  public var sampling: Sampling

  /// An event by the kernel's numbers.
  public init(type: PerfEventType, config: UInt64, sampling: Sampling) {
    (self.type, self.config, self.sampling) = (type, config, sampling)
  }

  /// The time of a CPU, whatever runs on it. `PERF_COUNT_SW_CPU_CLOCK`.
  public static func cpuClock(_ sampling: Sampling) -> PerfEventTarget {
    PerfEventTarget(type: .software, config: 0, sampling: sampling)
  }
  /// The time that tasks run. `PERF_COUNT_SW_TASK_CLOCK`.
  public static func taskClock(_ sampling: Sampling) -> PerfEventTarget {
    PerfEventTarget(type: .software, config: 1, sampling: sampling)
  }
  /// Page faults. `PERF_COUNT_SW_PAGE_FAULTS`.
  public static func pageFaults(_ sampling: Sampling = .period(1)) -> PerfEventTarget {
    PerfEventTarget(type: .software, config: 2, sampling: sampling)
  }
  /// Changes from one task to another. `PERF_COUNT_SW_CONTEXT_SWITCHES`.
  public static func contextSwitches(_ sampling: Sampling = .period(1)) -> PerfEventTarget {
    PerfEventTarget(type: .software, config: 3, sampling: sampling)
  }
  /// Cycles of the processor. `PERF_COUNT_HW_CPU_CYCLES`.
  public static func cpuCycles(_ sampling: Sampling) -> PerfEventTarget {
    PerfEventTarget(type: .hardware, config: 0, sampling: sampling)
  }
  /// Instructions that the processor has done. `PERF_COUNT_HW_INSTRUCTIONS`.
  public static func instructions(_ sampling: Sampling) -> PerfEventTarget {
    PerfEventTarget(type: .hardware, config: 1, sampling: sampling)
  }
  /// Misses of the processor's last cache. `PERF_COUNT_HW_CACHE_MISSES`.
  public static func cacheMisses(_ sampling: Sampling) -> PerfEventTarget {
    PerfEventTarget(type: .hardware, config: 3, sampling: sampling)
  }
}

extension Program {
  /// Attaches the program to a counter or clock, of one CPU or one process.
  ///
  /// System calls: perf_event_open(2), `BPF_LINK_CREATE` and `BPF_OBJ_GET_INFO_BY_FD`. Linux 4.9, with a cookie 5.15.
  /// Capabilities: `CAP_BPF` and `CAP_PERFMON`.
  ///
  /// - Parameters:
  ///   - event: what is counted, and how often the program runs.
  ///   - cpu: the CPU; nil for all on which the process runs.
  ///   - process: the process's number, 0 for the caller; nil for all, which takes a CPU.
  ///   - cookie: a number that the program can ask for, with `bpf_get_attach_cookie`.
  /// - Returns: the link, as long as which the program stays attached.
  /// - Throws: `BPFError`. `BPFError.Code.unsupported` if this machine does not count such events,
  ///   `BPFError.Code.notFound` if there is no such process or the CPU is not online, `BPFError.Code.invalidArgument` for a
  ///   CPU that this machine cannot have, `BPFError.Code.wrongObject` for a program of another type than `perf_event`,
  ///   `BPFError.Code.permissionDenied`.
  public func attach(
    toPerfEvent event: PerfEventTarget, cpu: Int?, process: Int32? = nil, cookie: UInt64 = 0
  ) throws(BPFError) -> Link {
    var place = AttachTarget(
      "perf event \(event.config) of type \(event.type.rawValue)", .perfEvent,
      since: cookie == 0 ? "Linux 4.9" : "Linux 5.15")
    try place.check(self)
    guard cpu != nil || process != nil else {
      throw BPFError(
        .attach, .invalidArgument, subject,
        "an event is of one CPU or one process: for all processes, attach to each CPU")
    }
    var request = PerfEventDescriptor.Request(type: event.type.rawValue, config: event.config)
    (request.samplePeriod, request.isFrequency) =
      switch event.sampling {
      case .period(let period): (period, false)
      case .frequency(let frequency): (frequency, true)
      }
    place.causes = [
      .noSuchFileOrDirectory: (.unsupported, "this machine does not count \(place.description)"),
      .notSupported: (.unsupported, "this machine does not count \(place.description)"),
      .noSuchProcess: (.notFound, "there is no process \(process ?? 0)"),
      .operationNotSupportedByDevice: (.notFound, "CPU \(cpu ?? 0) is not there, or not online"),
      .invalidArgument: (.invalidArgument, "the kernel takes no such event, period, CPU or process"),
    ]
    let opened: PerfEventDescriptor
    do throws(Errno) {
      opened = try PerfEventDescriptor(request, process: process, cpu: cpu)
    } catch {
      throw place.failure(self, error)
    }
    return try place.link(self, cookie: cookie, to: opened)
  }
}
