//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import Synchronization

/// What this process has made in the kernel, so that it can be looked whether it is gone.
final class Ledger: Sendable, CustomStringConvertible {
  private struct Made {
    var maps: Set<UInt32> = []
    var programs: Set<UInt32> = []
    var links: Set<UInt32> = []
  }

  private let made = Mutex(Made())
  private let records = Atomic<Int>(0)
  private let cancelled = Atomic<Int>(0)

  // MARK: - Noting

  func note(_ object: Object) {
    made.withLock { made in
      for (_, map) in object.maps { made.maps.insert(map.id.rawValue) }
      for (_, program) in object.programs { made.programs.insert(program.id.rawValue) }
    }
  }

  func note(_ map: MapHandle) { made.withLock { _ = $0.maps.insert(map.id.rawValue) } }

  func note(_ link: Link) {
    if let id = link.id { made.withLock { _ = $0.links.insert(id.rawValue) } }
  }

  func noteRecords(_ count: Int) { records.add(count, ordering: .relaxed) }
  func noteCancelled() { cancelled.add(1, ordering: .relaxed) }

  // MARK: - Telling

  var description: String {
    made.withLock { "\($0.maps.count) maps, \($0.programs.count) programs, \($0.links.count) links" }
  }

  var progress: String {
    "\(records.load(ordering: .relaxed)) records read, \(cancelled.load(ordering: .relaxed)) readers stopped, \(self)"
  }

  /// What is still there, by our own eyes and by bpftool's. The kernel has some seconds for letting go.
  func faults() -> [String] {
    for _ in 0..<100 {
      if let left = try? left(), left.isEmpty { break }
      usleep(50_000)
    }
    do {
      return try left() + theirs()
    } catch {
      return ["what is left could not be asked: \(error)"]
    }
  }

  private func left() throws -> [String] {
    let made = made.withLock { $0 }
    let maps = Set(try MapHandle.ids().map(\.rawValue)).intersection(made.maps)
    let programs = Set(try Program.ids().map(\.rawValue)).intersection(made.programs)
    let links = Set(try Link.ids().map(\.rawValue)).intersection(made.links)
    return maps.map { "map \($0)" } + programs.map { "program \($0)" } + links.map { "link \($0)" }
  }

  private func theirs() throws -> [String] {
    let made = made.withLock { $0 }
    return try [("map", made.maps), ("prog", made.programs), ("link", made.links)].flatMap { kind, ids in
      try Ledger.bpftool(kind).intersection(ids).map { "\(kind) \($0), which bpftool sees" }
    }
  }

  /// The ids that bpftool lists.
  private static func bpftool(_ kind: String) throws -> Set<UInt32> {
    let tool = Process()
    let output = Pipe()
    tool.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tool.arguments = [
      "PATH=/usr/sbin:/usr/local/sbin:/sbin:/usr/bin:/bin", "bpftool", "--json", kind, "show",
    ]
    tool.standardOutput = output
    try tool.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    tool.waitUntilExit()
    guard let list = try JSONSerialization.jsonObject(with: data) as? [[String: Any]] else {
      throw Trouble("bpftool \(kind) show gave no list")
    }
    return Set(list.compactMap { ($0["id"] as? NSNumber)?.uint32Value })
  }
}
