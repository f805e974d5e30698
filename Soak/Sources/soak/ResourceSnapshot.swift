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

/// The descriptors and mappings of kernel objects that the process holds, counted by kind.
struct ResourceSnapshot {
  private var counts: [String: Int] = [:]

  /// The kinds that the library opens. At the end only the event thread's epoll descriptor may remain.
  private static let kinds = [
    "bpf-map", "bpf-prog", "bpf_link", "bpf-link", "btf", "perf_event", "eventpoll", "trace_pipe",
  ]

  static func current() -> ResourceSnapshot {
    var snapshot = ResourceSnapshot()
    let directory = "/proc/self/fd/"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: directory + name) else {
        continue
      }
      snapshot.count(target, "descriptors")
    }
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    for line in maps.split(separator: "\n") where line.contains("anon_inode:") {
      snapshot.count(line, "mappings")
    }
    return snapshot
  }

  private mutating func count(_ target: some StringProtocol, _ unit: String) {
    guard let kind = ResourceSnapshot.kinds.first(where: { target.contains($0) }) else { return }
    counts["\(unit) of \(kind)", default: 0] += 1
  }

  /// Returns the objects that the process holds in addition to `before`. A task's captures may outlive the task
  /// briefly.
  static func faults(since before: ResourceSnapshot) -> [String] {
    for _ in 0..<100 {
      if more(than: before).isEmpty { break }
      usleep(20_000)
    }
    return more(than: before)
  }

  private static func more(than before: ResourceSnapshot) -> [String] {
    current().counts.compactMap { kind, count in
      // The runtime may keep one epoll descriptor, and the library's event thread another.
      let allowed = before.counts[kind, default: 0] + (kind.hasSuffix("eventpoll") ? 2 : 0)
      return count > allowed ? "\(count - allowed) \(kind)" : nil
    }
  }
}

/// A BPF file system for pins that no other process sees.
struct PinDirectory: Sendable {
  let path: FilePath

  init() throws {
    var template = Array("/tmp/soak-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SoakError("cannot create a temporary directory") }
    let directory = String(decoding: template.dropLast().map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    path = FilePath(directory)
    let result = soak_isolate(directory)
    guard result == 0 else {
      throw SoakError("cannot create network and mount namespaces: \(Errno(rawValue: -result))")
    }
  }

  /// The pins that remain.
  var faults: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? []
    return names.filter { !$0.hasSuffix(".debug") }.map { "pin \($0)" }
  }

  func remove() {
    umount2(path.string, CInt(MNT_DETACH))
    rmdir(path.string)
  }
}

/// The memory use of the process over time.
final class MemoryCurve: Sendable, CustomStringConvertible {
  private struct Points {
    var middle: [Int] = []
    var end: [Int] = []
    var latest = 0
  }

  private let points = Mutex(Points())

  /// Growth from the middle to the end by more than this counts as a leak.
  private static let bound = 4 << 20

  /// - Parameter share: the elapsed share of the run.
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

  /// A memory leak, if any. Sanitizers keep freed memory, so that memory is not checked with one.
  var faults: [String] {
    let isSanitized = getenv("TSAN_OPTIONS") != nil || getenv("ASAN_OPTIONS") != nil
    return isSanitized || means.end <= means.middle + MemoryCurve.bound ? [] : ["memory: \(self)"]
  }
}
