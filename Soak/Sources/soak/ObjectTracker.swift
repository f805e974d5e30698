//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import Foundation
import Synchronization

/// Tracks the kernel objects that this process creates, to check that they are gone in the end.
final class ObjectTracker: Sendable, CustomStringConvertible {
  private struct Created {
    var maps: Set<UInt32> = []
    var programs: Set<UInt32> = []
    var links: Set<UInt32> = []
  }

  private let created = Mutex(Created())
  private let records = Atomic<Int>(0)
  private let cancelled = Atomic<Int>(0)

  // MARK: - Recording

  func note(_ object: Object) {
    created.withLock { created in
      for (_, map) in object.maps { created.maps.insert(map.id.rawValue) }
      for (_, program) in object.programs { created.programs.insert(program.id.rawValue) }
    }
  }

  func note(_ map: MapHandle) { created.withLock { _ = $0.maps.insert(map.id.rawValue) } }

  func note(_ link: Link) {
    if let id = link.id { created.withLock { _ = $0.links.insert(id.rawValue) } }
  }

  func noteRecords(_ count: Int) { records.add(count, ordering: .relaxed) }
  func noteCancelled() { cancelled.add(1, ordering: .relaxed) }

  // MARK: - Reporting

  var description: String {
    created.withLock { "\($0.maps.count) maps, \($0.programs.count) programs, \($0.links.count) links" }
  }

  var progress: String {
    "\(records.load(ordering: .relaxed)) records read, \(cancelled.load(ordering: .relaxed)) readers stopped, \(self)"
  }

  /// Returns the objects that still exist, according to the library and to bpftool. Waits up to five seconds for the
  /// kernel to free them.
  func faults() -> [String] {
    for _ in 0..<100 {
      if let left = try? left(), left.isEmpty { break }
      usleep(50_000)
    }
    do {
      return try left() + theirs()
    } catch {
      return ["cannot list the remaining objects: \(error)"]
    }
  }

  private func left() throws -> [String] {
    let created = created.withLock { $0 }
    let maps = Set(try MapHandle.ids().map(\.rawValue)).intersection(created.maps)
    let programs = Set(try Program.ids().map(\.rawValue)).intersection(created.programs)
    let links = Set(try Link.ids().map(\.rawValue)).intersection(created.links)
    return maps.map { "map \($0)" } + programs.map { "program \($0)" } + links.map { "link \($0)" }
  }

  private func theirs() throws -> [String] {
    let created = created.withLock { $0 }
    return try [("map", created.maps), ("prog", created.programs), ("link", created.links)].flatMap {
      kind, ids in
      try ObjectTracker.bpftool(kind).intersection(ids).map { "\(kind) \($0), according to bpftool" }
    }
  }

  /// Returns the IDs that bpftool lists.
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
      throw SoakError("bpftool \(kind) show: the output is not a list")
    }
    return Set(list.compactMap { ($0["id"] as? NSNumber)?.uint32Value })
  }
}
