//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CSoak
import Foundation
import Synchronization

/// What the programs of `hooks.bpf.c` send.
struct HookEvent: BitwiseCopyable {
  var hook: UInt32
  var unused: UInt32
  var number: UInt64
}

/// A ring buffer to which programs send from every kind of hook, on all CPUs, while their links come and go.
struct HookedRing: Load {
  private let schedule: Schedule
  private let ledger: Ledger
  private let pins: PinDirectory

  /// What was read, by hook.
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

  init(_ schedule: Schedule, _ ledger: Ledger, _ pins: PinDirectory) {
    (self.schedule, self.ledger, self.pins) = (schedule, ledger, pins)
  }

  func run() async throws -> [Account] {
    var blueprint = try Hooks.Blueprint()
    blueprint.variables.process = getpid()
    let hooks = try blueprint.load()
    ledger.note(hooks.object)
    let tally = Tally()
    let reader = RingReader<HookEvent>(maps: [try hooks.maps.events], ledger: ledger) { tally.add($0) }

    let cpus = 0..<max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))
    async let producers: Void = withThrowingTaskGroup(of: Void.self) { group in
      for cpu in cpus { group.addTask { try await Job.run { try produce(hooks, on: cpu) } } }
      try await group.waitForAll()
    }
    async let changes = Job.run { try churn(hooks) }
    try await reader.read(schedule, schedule.dice("ring"))
    try await producers
    let made = try await changes
    // Programs that are running when their links go run to their end.
    try await Task.sleep(for: .milliseconds(100))
    try await reader.finish()
    return try accounts(hooks, tally, made)
  }

  // MARK: - Sending

  /// Causes events on a CPU: in bursts of more than the ring holds, and now and then.
  private func produce(_ hooks: Hooks, on cpu: Int) throws {
    soak_run_on(CInt(cpu))
    var dice = schedule.dice("producer \(cpu)")
    let socket = soak_socket_open()
    guard socket >= 0 else { throw Trouble("no socket on the loopback interface: \(socket)") }
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

  /// Attaches, updates, duplicates, pins, unpins and detaches; how many links were made.
  private func churn(_ hooks: Hooks) throws -> Int {
    var dice = schedule.dice("links")
    let programs = hooks.programs
    let loopback = try NetworkInterface(named: "lo")
    let places: [() throws -> Link] = [
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
    // Something comes from everywhere, however short the time is.
    var links: [Int: Link] = [:]
    for (place, attach) in places.enumerated() { links[place] = try attach() }
    for link in links.values { ledger.note(link) }
    var made = places.count
    pause(.milliseconds(500))
    while !schedule.isOver {
      let place = dice.roll(0..<places.count)
      if let link = links[place] {
        switch dice.roll(0..<5) {
        case 0: links[place] = nil
        case 1:
          try link.detach()
          links[place] = nil
        case 2: links[place] = try exchanged(link, "link\(place)")
        case 3: links[place] = try link.duplicate()
        default:
          if let programs = replacements[place] { try link.update(to: programs[dice.roll(0..<2)]) }
        }
      } else if let link = try attached(places[place]) {
        ledger.note(link)
        links[place] = link
        made += 1
      }
      pause(dice.moment(6))
    }
    for link in links.values { try link.detach() }
    return made
  }

  /// A new link; nil if the one before has not gone yet from a place that has room for one.
  private func attached(_ attach: () throws -> Link) throws -> Link? {
    do {
      return try attach()
    } catch let error as BPFError where error.code == .alreadyExists || error.code == .busy {
      return nil
    }
  }

  /// Lets go of a link that is pinned, and takes it from the pin again.
  private func exchanged(_ link: consuming Link, _ name: String) throws -> Link {
    let path = pins.path.appending(name)
    try link.pin(at: path)
    let id = link.id
    let pinned = try Link(pinnedAt: path)
    guard pinned.id == id, try id.map({ try Link(id: $0).id == id }) ?? false else {
      throw Trouble("another link than \(id.map { "\($0)" } ?? "none") is pinned at \(path)")
    }
    try pinned.unpin(from: path)
    return pinned
  }

  // MARK: - Counts

  private func accounts(_ hooks: Hooks, _ tally: Tally, _ made: Int) throws -> [Account] {
    let names = [
      "tracepoint", "raw tracepoint", "typed tracepoint", "CPU clock", "uprobe", "uretprobe", "XDP", "TCX",
      "test runs",
    ]
    let variables = hooks.variables
    let (begun, dropped) = (try variables.begun, try variables.dropped)
    let (discarded, sums) = (try variables.discarded, try variables.sum)
    return tally.numbers.withLock { numbers in
      names.indices.map { hook in
        var account = Account(
          "ring buffer, from \(names[hook])", sent: begun[hook] - discarded[hook],
          received: numbers.counts[hook],
          lost: dropped[hook])
        account.remarks = "\(discarded[hook]) discarded"
        if hook == 0 { account.remarks += "; \(made) links were made in all" }
        if sums[hook] != numbers.sums[hook] { account.faults.append("other records were read than sent") }
        if begun[hook] == 0 { account.faults.append("nothing ever came from there") }
        return account
      }
    }
  }
}
