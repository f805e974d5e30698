//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CSoak
import Foundation
import Synchronization

/// A record that the programs of `hooks.bpf.c` send.
struct HookEvent: BitwiseCopyable {
  var hook: UInt32
  var unused: UInt32
  var number: UInt64
}

/// Reads a ring buffer that programs at every kind of hook send to, on all CPUs, while links come and go.
struct HookedRing: Workload {
  private let schedule: Schedule
  private let tracker: ObjectTracker
  private let pins: PinDirectory

  /// The counts of records read, by hook.
  private final class Tally: Sendable {
    struct Numbers {
      var counts = [UInt64](repeating: 0, count: 16)
      var sums = [UInt64](repeating: 0, count: 16)
    }
    let numbers = Mutex(Numbers())

    func add(_ event: HookEvent) {
      numbers.withLock { numbers in
        numbers.counts[Int(event.hook & 15)] += 1
        numbers.sums[Int(event.hook & 15)] &+= event.number
      }
    }
  }

  init(_ schedule: Schedule, _ tracker: ObjectTracker, _ pins: PinDirectory) {
    (self.schedule, self.tracker, self.pins) = (schedule, tracker, pins)
  }

  func run() async throws -> [WorkloadReport] {
    var blueprint = try Hooks.Blueprint()
    blueprint.variables.process = getpid()
    let hooks = try blueprint.load()
    tracker.note(hooks.object)
    let tally = Tally()
    let reader = RingReader<HookEvent>(maps: [try hooks.maps.events], tracker: tracker) { tally.add($0) }

    let cpus = 0..<max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))
    async let producers: Void = withThrowingTaskGroup(of: Void.self) { group in
      for cpu in cpus { group.addTask { try await Job.run { try produce(hooks, on: cpu) } } }
      try await group.waitForAll()
    }
    async let changes = Job.run { try churn(hooks) }
    try await reader.read(schedule, schedule.dice("ring"))
    try await producers
    let count = try await changes
    // Programs that are running when their link is detached run to completion.
    try await Task.sleep(for: .milliseconds(100))
    try await reader.finish()
    return try reports(hooks, tally, count)
  }

  // MARK: - Sending

  /// Triggers events on a CPU, sometimes in bursts of more than the ring holds.
  private func produce(_ hooks: Hooks, on cpu: Int) throws {
    soak_run_on(CInt(cpu))
    var dice = schedule.dice("producer \(cpu)")
    let socket = soak_socket_open()
    guard socket >= 0 else { throw SoakError("cannot open a socket on the loopback interface: \(socket)") }
    defer { close(socket) }
    let run = try hooks.programs.run
    while !schedule.isOver {
      let count = 1 << dice.roll(0..<10)
      switch dice.roll(0..<4) {
      case 0: for _ in 0..<count { soak_call() }
      case 1: for number in 0..<count { _ = soak_probe(CInt(number)) }
      case 2: for _ in 0..<count / 8 { soak_socket_send(socket) }
      default: _ = try run.run(context: withUnsafeBytes(of: UInt32(count * 4)) { Array($0) })
      }
      pause(dice.moment(8))
    }
  }

  // MARK: - Links

  /// Attaches, updates, duplicates, pins, unpins and detaches links. Returns the number of links created.
  private func churn(_ hooks: Hooks) throws -> Int {
    var dice = schedule.dice("links")
    let programs = hooks.programs
    let loopback = try NetworkInterface(named: "lo")
    let attachments: [() throws -> Link] = [
      { try programs.onTracepoint.attach() }, { try programs.onRawTracepoint.attach() },
      { try programs.onTypedTracepoint.attach() },
      { try programs.onClock.attach(toPerfEvent: .cpuClock(.frequency(2000)), cpu: 0) },
      { try programs.onProbe.attach(toUprobe: "soak_probe", of: "/proc/self/exe") },
      { try programs.onReturn.attach(toUprobe: "soak_probe", of: "/proc/self/exe", isReturn: true) },
      { try programs.onXdp.attach(toXDPOf: loopback, mode: .generic) },
      { try programs.onTraffic.attach(toTCXOf: loopback, .ingress) },
    ]
    let replacements = [
      6: [try programs.onXdp, try programs.onXdpToo], 7: [try programs.onTraffic, try programs.onTrafficToo],
    ]
    // However short the run, each hook sends some records.
    var links: [Int: Link] = [:]
    for (index, attach) in attachments.enumerated() { links[index] = try attach() }
    for link in links.values { tracker.note(link) }
    var count = attachments.count
    pause(.milliseconds(500))
    while !schedule.isOver {
      let index = dice.roll(0..<attachments.count)
      if let link = links[index] {
        switch dice.roll(0..<5) {
        case 0: links[index] = nil
        case 1:
          try link.detach()
          links[index] = nil
        case 2: links[index] = try exchanged(link, "link\(index)")
        case 3: links[index] = try link.duplicate()
        default:
          if let programs = replacements[index] { try link.update(to: programs[dice.roll(0..<2)]) }
        }
      } else if let link = try attached(attachments[index]) {
        tracker.note(link)
        links[index] = link
        count += 1
      }
      pause(dice.moment(6))
    }
    for link in links.values { try link.detach() }
    return count
  }

  /// Returns a new link, or `nil` if the previous link still occupies a hook that accepts only one.
  private func attached(_ attach: () throws -> Link) throws -> Link? {
    do {
      return try attach()
    } catch let error as BPFError where error.code == .alreadyExists || error.code == .busy {
      return nil
    }
  }

  /// Pins a link, closes it, and reopens it from the pin.
  private func exchanged(_ link: consuming Link, _ name: String) throws -> Link {
    let path = pins.path.appending(name)
    try link.pin(at: path)
    let id = link.id
    let pinned = try Link(pinnedAt: path)
    guard pinned.id == id, try id.map({ try Link(id: $0).id == id }) ?? false else {
      throw SoakError("\(path): pins another link than \(id.map { "\($0)" } ?? "none")")
    }
    try pinned.unpin(from: path)
    return pinned
  }

  // MARK: - Counts

  private func reports(_ hooks: Hooks, _ tally: Tally, _ count: Int) throws -> [WorkloadReport] {
    let names = [
      "tracepoint", "raw tracepoint", "typed tracepoint", "CPU clock", "uprobe", "uretprobe", "XDP", "TCX",
      "test runs",
    ]
    let variables = hooks.variables
    let (begun, dropped) = (try variables.begun, try variables.dropped)
    let (discarded, sums) = (try variables.discarded, try variables.sum)
    return tally.numbers.withLock { numbers in
      names.indices.map { hook in
        var report = WorkloadReport(
          "ring buffer, from \(names[hook])", sent: begun[hook] - discarded[hook],
          received: numbers.counts[hook],
          lost: dropped[hook])
        report.remarks = "\(discarded[hook]) discarded"
        if hook == 0 { report.remarks += "; \(count) links created" }
        if sums[hook] != numbers.sums[hook] {
          report.faults.append("the records read differ from those sent")
        }
        if begun[hook] == 0 { report.faults.append("no record was sent") }
        return report
      }
    }
  }
}
