//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// Counts all system calls with a BPF program, which is attached while this object exists.
///
/// The kernel detaches the program when the process ends, even if it is killed.
final class SystemCallCounter {
  private let object: SystemCalls
  private let link: Link
  private let calls: PerCPUHashMap<SystemCalls.Call, UInt64>
  private let commands: LRUHashMap<UInt32, SystemCalls.Command>
  private let processes = Processes()
  private var last: SystemCallCounts

  /// Loads and attaches the program.
  ///
  /// - Parameter process: The only process whose calls are counted; nil for all processes.
  init(process: UInt32? = nil) throws(BPFError) {
    var blueprint = try SystemCalls.Blueprint()
    blueprint.variables.onlyProcess = process ?? 0
    #if arch(x86_64)
    blueprint.variables.machine = .x86
    #elseif arch(arm64)
    blueprint.variables.machine = .arm64
    #endif
    object = try blueprint.load()
    calls = try object.maps.calls
    commands = try object.maps.commands
    link = try object.programs.countSystemCall.attach()
    last = SystemCallCounts()
  }

  /// Returns the calls since the last report, or since the start.
  func report() throws(BPFError) -> SystemCallReport {
    // Find ended processes before reading the counts, which are then final for these processes.
    let isMapHalfFull = last.calls.count > calls.handle.maxEntries / 2
    let ended: Set<UInt32> = isMapHalfFull ? last.processes.filter { !processes.exists($0) } : []
    let counts = try counts()
    let report = SystemCallReport(from: last, to: counts)
    last = counts
    try removeCounts(of: ended)
    return report
  }

  /// Returns the current or last known name of a process; `?` if there is none.
  func name(of process: UInt32) throws(BPFError) -> String {
    if let name = processes.name(of: process) { return name }
    return try commands[process].map { String($0.name) } ?? "?"
  }

  private func counts() throws(BPFError) -> SystemCallCounts {
    var counts = SystemCallCounts()
    try calls.forEachBatch { (batch) throws(BPFError) in
      for (call, values) in batch { counts.calls[call] = values.sum() }
    }
    counts.uncounted = try object.variables.uncounted
    counts.time = .now
    return counts
  }

  /// Removes the counts of processes from the map, to free space.
  private func removeCounts(of processes: Set<UInt32>) throws(BPFError) {
    guard !processes.isEmpty else { return }
    let keys = last.calls.keys.filter { processes.contains($0.process) }
    _ = try calls.deleteAll(keys)
    for key in keys { last.calls[key] = nil }
  }
}

/// The number of system calls since the counter started.
struct SystemCallCounts {
  /// The number of calls by process and system call.
  var calls: [SystemCalls.Call: UInt64] = [:]
  /// The number of calls that were not counted by process and system call, since the map was full.
  var uncounted: UInt64 = 0
  /// The time at which the counts were read.
  var time = ContinuousClock.now

  /// The processes with calls.
  var processes: Set<UInt32> { Set(calls.keys.lazy.map(\.process)) }
}
