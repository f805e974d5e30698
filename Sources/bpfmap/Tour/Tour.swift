//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import CLibrary

/// The demonstration of `bpfmap tour`: creates and uses two maps on the running kernel, step by step.
struct Tour {
  private static let count = 1000

  // Makes names unique among tours that run concurrently.
  private let suffix = String(getpid(), radix: 36)
  private var hitsPath: FilePath { FilePath("\(PrivateFileSystem.path)/hits_\(suffix)") }

  func run(_ log: inout TourLog) throws {
    try mountFileSystem(&log)
    let hits = try createHits(&log)
    let times = try createTimes(&log)
    try fill(hits, times, &log)
    try readOneByOne(hits, times, &log)
    try readInOneSweep(hits, &log)
    try showInfo(hits, &log)
    try pinAndReopen(hits, &log)
    try shareWithAnotherProcess(hits, &log)
    try showFullMap(&log)
    try freeze(hits, &log)
    let id = hits.id
    try cleanUp(hits, &log)
    try checkFreed(id, afterClosing: consume hits, &log)
  }

  // MARK: - Create and fill

  private func mountFileSystem(_ log: inout TourLog) throws {
    try log.step("Mount a file system for pins")
    try PrivateFileSystem.make()
    try log.line("Mounted a BPF file system on \(PrivateFileSystem.path), in a private mount namespace:")
    try log.line("it is invisible to other processes, and disappears when the tour ends.")
  }

  private func createHits(_ log: inout TourLog) throws -> MapHandle {
    try log.step("Create maps")
    let name = "hits_\(suffix)"
    try log.swift(
      #"MapHandle(type: .hash, name: "\#(name)", keySize: 4, valueSize: 8, maxEntries: \#(Self.count))"#)
    let map = try MapHandle(type: .hash, name: name, keySize: 4, valueSize: 8, maxEntries: Self.count)
    try log.line("\(map)")
    return map
  }

  private func createTimes(_ log: inout TourLog) throws -> MapHandle {
    let name = "times_\(suffix)"
    try log.swift(
      #"MapHandle(type: .perCPUArray, name: "\#(name)", keySize: 4, valueSize: 8, maxEntries: 4)"#)
    let map = try MapHandle(type: .perCPUArray, name: name, keySize: 4, valueSize: 8, maxEntries: 4)
    try log.line("\(map), with a value for each of \(try PossibleCPUs.current().count) CPUs")
    return map
  }

  private func fill(_ hits: MapHandle, _ times: MapHandle, _ log: inout TourLog) throws {
    try log.step("Fill the maps")
    try log.swift("hits.update(key, to: value)                 // one element, one system call")
    try hits.update(key(0), to: value(0))
    try log.swift("hits.updateBatch(keys: keys, values: values, count: \(Self.count - 1))")
    let updated = try hits.updateBatch(
      keys: (1..<Self.count).flatMap(key), values: (1..<Self.count).flatMap(value), count: Self.count - 1)
    try log.check("the batch wrote \(updated) elements", updated == Self.count - 1)
    let cpus = try PossibleCPUs.current().ids
    try log.swift("times.updatePerCPU(key, to: values)         // one value for each CPU")
    try times.updatePerCPU(key(0), to: cpus.map { value($0 + 1) })
  }

  // MARK: - Read

  private func readOneByOne(_ hits: MapHandle, _ times: MapHandle, _ log: inout TourLog) throws {
    try log.step("Read elements one by one")
    try log.swift("hits.lookup(key)")
    let found = try hits.lookup(key(42))
    try log.check("key 42 has the value \(text(found))", found == value(42))
    try log.check(
      "key 424242 does not exist: the result is nil, not an error", try hits.lookup(key(424_242)) == nil)
    try log.swift("times.lookupPerCPU(key)")
    let values = try times.lookupPerCPU(key(0)) ?? []
    let cpus = try PossibleCPUs.current().ids
    let shown = zip(cpus, values).map { "cpu \($0): \(text($1))" }.joined(separator: ", ")
    try log.check("key 0 has \(shown)", values == cpus.map { value($0 + 1) })
  }

  private func readInOneSweep(_ hits: MapHandle, _ log: inout TourLog) throws {
    try log.step("Read a whole map in one sweep")
    let clock = ContinuousClock()
    var single: UInt64 = 0
    let singly = try clock.measure {
      for number in 0..<Self.count { single += number64(try hits.lookup(key(number))) }
    }
    try log.swift("hits.entries()")
    var entries: MapEntries?
    let swept = try clock.measure { entries = try hits.entries() }
    let sum = entries?.reduce(0) { $0 + number64($1.value) } ?? 0
    try log.check("\(entries?.count ?? 0) elements", entries?.count == Self.count)
    try log.check("their sum, \(sum), equals that of \(Self.count) look-ups", sum == single)
    try log.line("look-ups: \(Self.count) in \(microseconds(singly)); sweep: \(microseconds(swept))")
  }

  private func showInfo(_ hits: MapHandle, _ log: inout TourLog) throws {
    try log.step("Read the properties of a map")
    try log.swift("hits.info(), hits.descriptorInfo()")
    let properties = try MapProperties(hits)
    for line in properties.text.split(separator: "\n") { try log.line(String(line)) }
    try log.check("the id is \(hits.id), as at creation", properties.info.id == hits.id)
  }

  // MARK: - Share

  private func pinAndReopen(_ hits: MapHandle, _ log: inout TourLog) throws {
    try log.step("Pin a map, and open it again")
    try log.swift(#"hits.pin(at: "\#(hitsPath)")"#)
    try hits.pin(at: hitsPath)
    try log.swift(#"MapHandle(pinnedAt: "\#(hitsPath)", access: .readOnly)"#)
    let byPath = try MapHandle(pinnedAt: hitsPath, access: .readOnly)
    try log.check("by path: id \(byPath.id), \(byPath.access)", byPath.id == hits.id)
    try log.swift("MapHandle(id: \(hits.id))")
    let byID = try MapHandle(id: hits.id)
    try log.check("by id: '\(byID.name)'", byID.name == hits.name)
    try log.swift(#"MapHandle(name: "\#(hits.name)")"#)
    let byName = try MapHandle(name: hits.name)
    try log.check("by name: id \(byName.id)", byName.id == hits.id)
    try byID.update(key(1), to: value(11))
    let seen = try byPath.lookup(key(1))
    try log.check("one handle reads the value that another wrote: \(text(seen))", seen == value(11))
  }

  private func shareWithAnotherProcess(_ hits: MapHandle, _ log: inout TourLog) throws {
    try log.step("Share a map with another process")
    let seen = try runChild("lookup pinned \(hitsPath) key u32:1 --value-as u64", &log)
    try log.check("it read the value that this process wrote, 11", seen.hasSuffix("value: 11"))
    _ = try runChild("update pinned \(hitsPath) key u32:1 value u64:\(getpid())", &log)
    let written = try hits.lookup(key(1))
    try log.check(
      "this process reads the value that it wrote: \(text(written))", written == value(Int(getpid())))
  }

  /// Runs this program in another process, and logs its output.
  private func runChild(_ line: String, _ log: inout TourLog) throws -> String {
    try log.line("$ bpfmap \(line)")
    let process = try SpawnedProcess.run(line.split(separator: " ").map(String.init))
    let lines = process.output.split(separator: "\n").map(String.init)
    for line in lines { try log.line(line) }
    try log.check("process \(process.id) ended with status \(process.status)", process.status == 0)
    return lines.last ?? ""
  }

  // MARK: - Errors

  private func showFullMap(_ log: inout TourLog) throws {
    try log.step("A typical error: the map is full")
    let tiny = try MapHandle(type: .hash, name: "tiny_\(suffix)", keySize: 4, valueSize: 8, maxEntries: 1)
    try tiny.update(key(1), to: value(1))
    try log.swift("tiny.update(key, to: value)                 // a second key, with max_entries 1")
    try showError(.mapFull, &log) { () throws(BPFError) in try tiny.update(key(2), to: value(2)) }
  }

  private func freeze(_ hits: MapHandle, _ log: inout TourLog) throws {
    try log.step("Freeze a map, and try to change it")
    try log.swift("hits.freeze()")
    try hits.freeze()
    try log.check("the kernel reports that the map is frozen", try hits.descriptorInfo().isFrozen == true)
    try log.swift("hits.update(key, to: value)")
    try showError(.frozen, &log) { () throws(BPFError) in try hits.update(key(1), to: value(1)) }
    let still = try hits.lookup(key(42))
    try log.check("it can still be read: key 42 has the value \(text(still))", still == value(42))
  }

  /// Runs an operation that must fail, and logs its error.
  private func showError(
    _ code: BPFError.Code, _ log: inout TourLog, _ body: () throws(BPFError) -> Void
  ) throws {
    do throws(BPFError) {
      try body()
    } catch {
      try log.line("\(error)")
      return try log.check("programs identify the error by its code, '\(error.code)'", error.code == code)
    }
    try log.check("the operation fails", false)
  }

  // MARK: - End

  private func cleanUp(_ hits: MapHandle, _ log: inout TourLog) throws {
    try log.step("Clean up")
    try log.swift(#"hits.unpin(from: "\#(hitsPath)")"#)
    try hits.unpin(from: hitsPath)
  }

  /// Consumes the last handle of a map, and checks that the kernel frees the map.
  private func checkFreed(
    _ id: MapID, afterClosing hits: consuming MapHandle, _ log: inout TourLog
  ) throws {
    try log.check("the map exists until its last handle closes", hits.id == id)
    _ = consume hits
    let isFreed = try isFreed(id)
    try log.check("then the kernel frees the map with id \(id)", isFreed)
  }

  /// Returns whether the kernel frees a map.
  ///
  /// The kernel frees a map some time after its last descriptor is closed, since running programs may still use it.
  /// This method waits for up to two seconds.
  private func isFreed(_ id: MapID) throws(BPFError) -> Bool {
    for _ in 0..<200 {
      do throws(BPFError) {
        _ = try MapHandle(id: id)
      } catch {
        guard error.code == .notFound else { throw error }
        return true
      }
      usleep(10_000)
    }
    return false
  }

  // MARK: - Numbers

  private func key(_ number: Int) -> [UInt8] { FieldType.hostOrder(UInt32(number)) }
  private func value(_ number: Int) -> [UInt8] { FieldType.hostOrder(UInt64(number)) }

  private func number64(_ value: [UInt8]?) -> UInt64 {
    guard let value, case .unsigned(let number) = FieldType.unsigned(bytes: 8, .host).decode(value[...])
    else { return 0 }
    return number
  }

  private func text(_ value: [UInt8]?) -> String { value == nil ? "nil" : String(number64(value)) }

  private func microseconds(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    return "\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000) µs"
  }
}
