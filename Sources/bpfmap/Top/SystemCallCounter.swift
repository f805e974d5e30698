//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// A program in the kernel that counts all system calls, as long as this lives.
///
/// The kernel detaches it when the process ends, however that happens.
final class SystemCallCounter {
  private let object: SystemCalls
  private let link: Link
  private let calls: PerCPUHashMap<SystemCalls.Call, UInt64>
  private let commands: LRUHashMap<UInt32, SystemCalls.Command>
  private let processes = Processes()
  private var last: SystemCallCounts

  /// Begins to count.
  ///
  /// - Parameter process: the only process whose calls are counted; nil for all.
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

  /// What happened since the last report, or since the beginning.
  func report() throws(BPFError) -> SystemCallReport {
    // Who is gone before the counts are read adds nothing to them afterwards.
    let isCrowded = last.calls.count > calls.handle.maxEntries / 2
    let gone: Set<UInt32> = isCrowded ? last.processes.filter { !processes.isThere($0) } : []
    let counts = try counts()
    let report = SystemCallReport(from: last, to: counts)
    last = counts
    try forget(gone)
    return report
  }

  /// What a process is called, or was when it was last seen.
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

  /// Makes room in the map.
  private func forget(_ processes: Set<UInt32>) throws(BPFError) {
    guard !processes.isEmpty else { return }
    let keys = last.calls.keys.filter { processes.contains($0.process) }
    _ = try calls.deleteAll(keys)
    for key in keys { last.calls[key] = nil }
  }
}

/// System calls since the counter began.
struct SystemCallCounts {
  /// How many of each process and kind.
  var calls: [SystemCalls.Call: UInt64] = [:]
  /// How many more there were, of which process and kind is not known.
  var uncounted: UInt64 = 0
  /// When they were read.
  var time = ContinuousClock.now

  /// The processes that made calls.
  var processes: Set<UInt32> { Set(calls.keys.lazy.map(\.process)) }
}
