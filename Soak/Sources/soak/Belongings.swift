//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CSoak
import Foundation
import Synchronization
import SystemPackage

/// What the process holds: descriptors and mappings of the kernel's objects, by kind.
struct Belongings {
  private var counts: [String: Int] = [:]

  /// What the library opens, of which nothing may be left but what the thread that waits for tasks waits with.
  private static let kinds = [
    "bpf-map", "bpf-prog", "bpf_link", "bpf-link", "btf", "perf_event", "eventpoll", "trace_pipe",
  ]

  static func current() -> Belongings {
    var belongings = Belongings()
    let directory = "/proc/self/fd/"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: directory + name) else {
        continue
      }
      belongings.count(target, "descriptors")
    }
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    for line in maps.split(separator: "\n") where line.contains("anon_inode:") {
      belongings.count(line, "mappings")
    }
    return belongings
  }

  private mutating func count(_ target: some StringProtocol, _ what: String) {
    guard let kind = Belongings.kinds.first(where: { target.contains($0) }) else { return }
    counts["\(what) of \(kind)", default: 0] += 1
  }

  /// What there is now and was not before. What a task has captured goes a little later than the task ends.
  static func faults(since before: Belongings) -> [String] {
    for _ in 0..<100 {
      if more(than: before).isEmpty { break }
      usleep(20_000)
    }
    return more(than: before)
  }

  private static func more(than before: Belongings) -> [String] {
    current().counts.compactMap { kind, count in
      // The runtime may wait with one, and the library's thread does.
      let allowed = before.counts[kind, default: 0] + (kind.hasSuffix("eventpoll") ? 2 : 0)
      return count > allowed ? "\(count - allowed) \(kind)" : nil
    }
  }
}

/// A BPF file system that no other process sees, for pins.
struct PinDirectory: Sendable {
  let path: FilePath

  init() throws {
    var template = Array("/tmp/soak-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Trouble("no temporary directory can be made") }
    let directory = String(decoding: template.dropLast().map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    path = FilePath(directory)
    let answer = soak_isolate(directory)
    guard answer == 0 else {
      throw Trouble("no network and file system of its own: \(Errno(rawValue: -answer))")
    }
  }

  /// Pins that are left.
  var faults: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
    return names.filter { !$0.hasSuffix(".debug") }.map { "the pin \($0)" }
  }

  func remove() {
    umount2(path.string, CInt(MNT_DETACH))
    rmdir(path.string)
  }
}

/// How much memory the process takes, over time.
final class MemoryCurve: Sendable, CustomStringConvertible {
  private struct Points {
    var middle: [Int] = []
    var end: [Int] = []
    var latest = 0
  }

  private let points = Mutex(Points())

  /// More than this from the middle to the end is a leak.
  private static let bound = 4 << 20

  /// - Parameter share: how much of the time is over.
  func note(_ share: Double) {
    let fields = ((try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? "").split(
      separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return }
    points.withLock { points in
      points.latest = pages * Int(getpagesize())
      if (0.4..<0.6).contains(share) { points.middle.append(points.latest) }
      if (0.8..<1).contains(share) { points.end.append(points.latest) }
    }
  }

  var latest: String { points.withLock { MemoryCurve.mebibytes($0.latest) } }

  private static func mebibytes(_ bytes: Int) -> String { String(format: "%.1f", Double(bytes) / 1_048_576) }

  private static func mean(_ values: [Int]) -> Int { values.isEmpty ? 0 : values.reduce(0, +) / values.count }

  private var means: (middle: Int, end: Int) {
    points.withLock { (MemoryCurve.mean($0.middle), MemoryCurve.mean($0.end)) }
  }

  var description: String {
    "memory: \(MemoryCurve.mebibytes(means.middle)) MiB in the middle, \(MemoryCurve.mebibytes(means.end)) MiB at the end"
  }

  /// A sanitizer keeps what was freed: with one, nothing is said of memory.
  var faults: [String] {
    let isSanitized = getenv("TSAN_OPTIONS") != nil || getenv("ASAN_OPTIONS") != nil
    return isSanitized || means.end <= means.middle + MemoryCurve.bound ? [] : ["memory: \(self)"]
  }
}
