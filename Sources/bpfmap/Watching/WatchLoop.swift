//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// The main loop of `bpfmap watch`: reads rounds, writes their changes, and writes a summary at the end.
struct WatchLoop {
  private let map: MapHandle
  private let listsInitial: Bool
  private let isJSON: Bool

  private var text: ChangeText
  private var refresh: RefreshInterval

  private var lastStart: ContinuousClock.Instant
  private var elementCount = 0
  private var added = 0
  private var changed = 0
  private var removed = 0
  /// The number of rounds that failed, since the map changed too fast.
  private var failed = 0
  private var hasReportedSkipping = false

  init(
    of map: MapHandle, _ text: ChangeText, _ refresh: RefreshInterval, listsInitial: Bool, isJSON: Bool
  ) {
    (self.map, self.text, self.refresh) = (map, text, refresh)
    (self.listsInitial, self.isJSON) = (listsInitial, isJSON)
    lastStart = refresh.start
  }

  /// Runs until there are no more rounds, a signal arrives, or the reader of standard output is gone.
  ///
  /// - Parameter keyboard: The keyboard on which `q` ends the command; nil if there is none.
  mutating func run(
    _ watcher: consuming MapWatcher, until signals: SignalWatcher, _ keyboard: Keyboard?,
    to output: inout Output
  ) throws {
    if try readRound(&watcher, to: &output) {
      if !isJSON { try output.write(beginning) }
      try output.flush()
    }
    while !signals.isInterrupted, let time = refresh.next(after: .now) {
      if shouldEnd(before: time, signals, keyboard) {
        guard Terminal.isOutput || signals.isInterrupted else { throw OutputFailure.closedPipe }
        break
      }
      refresh.begin()
      _ = try readRound(&watcher, to: &output)
      try output.flush()
      try reportSkipping()
    }
    try writeSummary(to: &output)
  }

  /// Waits until the time of a round. Returns true as soon as the command should end.
  private func shouldEnd(
    before time: ContinuousClock.Instant, _ signals: SignalWatcher, _ keyboard: Keyboard?
  ) -> Bool {
    while true {
      switch signals.wait(until: time, orFor: keyboard?.input) {
      case .time: return false
      case .input where keyboard?.readsQuitKey() == false: continue
      case .continuation: continue
      case .input, .interruption: return true
      }
    }
  }

  // MARK: - Rounds

  /// Reads a round and writes its changes.
  ///
  /// - Returns: Whether the round was completed.
  private mutating func readRound(_ watcher: inout MapWatcher, to output: inout Output) throws -> Bool {
    defer { elementCount = watcher.count }
    let start = ContinuousClock.now
    let round = RoundTime(.now, sinceLast: lastStart.duration(to: start))
    // Collects lines, to write them together.
    var lines: [UInt8] = []
    let isComplete = Result {
      try watcher.readRound { change, key, value, old throws in
        count(change)
        guard change != .initial || listsInitial else { return }
        text.append(change, key: key, value: value, old: old, at: round, to: &lines)
        guard lines.count >= Output.capacity else { return }
        try output.writeThrough(lines.span)
        lines.removeAll(keepingCapacity: true)
      }
    }
    // Write the changes that were seen before a round failed.
    if !lines.isEmpty { try output.writeThrough(lines.span) }
    do {
      let isComplete = try isComplete.get()
      lastStart = start
      return isComplete
    } catch let error as BPFError where error.code == .changing && refresh.begun > 0 {
      failed += 1
      try notice(error.description)
      return false
    }
  }

  private mutating func count(_ change: Change) {
    switch change {
    case .initial: break
    case .added: added += 1
    case .changed: changed += 1
    case .removed: removed += 1
    }
  }

  // MARK: - Notices and summary

  private var beginning: String {
    "watching \(map): \(elements), every \(Rate.text(refresh.schedule.interval.inSeconds)) s\n"
  }

  private var elements: String { elementCount.counted("element") }

  /// Writes a notice when rounds are skipped for the first time. The summary shows their number.
  private mutating func reportSkipping() throws(OutputFailure) {
    let took = lastStart.duration(to: .now)
    guard took > refresh.schedule.interval, !hasReportedSkipping else { return }
    hasReportedSkipping = true
    let seconds = Rate.text(took.inSeconds)
    try notice("a round took \(seconds) s, longer than the interval: skipping the rounds that it overlaps")
  }

  private func notice(_ text: String) throws(OutputFailure) {
    var errors = Output(to: .standardError)
    try errors.notice(text, isJSON: isJSON)
  }

  /// Writes the summary: as text to standard output, or as JSON to standard error, so that standard output has only
  /// changes.
  private func writeSummary(to output: inout Output) throws(OutputFailure) {
    let seconds = refresh.start.duration(to: .now).inSeconds
    guard isJSON else {
      var text = "\(refresh.begun.counted("round")) in \(Rate.text(seconds)) s: "
      text += "\(added) added, \(changed) changed, \(removed) removed; \(elements)"
      if refresh.skipped > 0 { text += "; \(refresh.skipped) rounds skipped" }
      if failed > 0 { text += "; \(failed) rounds failed" }
      return try output.write(text + "\n")
    }
    var errors = Output(to: .standardError)
    try errors.json { json in
      json.object { json in
        json.member("rounds", refresh.begun)
        json.key("seconds")
        json.number(seconds, text: "\(seconds)")
        json.member("added", added)
        json.member("changed", changed)
        json.member("removed", removed)
        json.member("elements", elementCount)
        json.member("skipped", refresh.skipped)
        json.member("failed", failed)
      }
    }
    try errors.flush()
  }
}
