//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import SystemPackage

/// The last step of loading: pins are made, all or none.
struct PinningStep {
  private let pins: [PendingPin]

  init(_ pins: [PendingPin]) { self.pins = pins }

  /// Makes the pins. What took the place of another is put back if a later one fails.
  func run() throws(BPFError) {
    var done: [PendingPin] = []
    do throws(BPFError) {
      for pin in pins {
        try make(pin)
        done.append(pin)
      }
    } catch {
      for pin in done.reversed() { undo(pin) }
      throw error
    }
  }

  private func make(_ pin: PendingPin) throws(BPFError) {
    guard let old = pin.replaces else { return try pin.map.pin(at: pin.path) }
    try replace(old, with: pin.map, at: pin.path)
  }

  private func undo(_ pin: PendingPin) {
    // Whoever cannot be put back is named by the error that is on its way already.
    if let old = pin.replaces {
      try? replace(pin.map, with: old, at: pin.path)
    } else {
      try? pin.map.unpin(from: pin.path)
    }
  }

  /// Puts a map where another is pinned. At no time is nothing pinned there.
  private func replace(_ old: MapHandle, with new: MapHandle, at path: FilePath) throws(BPFError) {
    let aside = path.removingLastComponent().appending("\(path.lastComponent?.string ?? "")_new_\(new.id)")
    try new.pin(at: aside)
    do throws(Errno) {
      try FileSystem.rename(aside, to: path)
    } catch {
      try? new.unpin(from: aside)
      throw BPFError(
        .pin, .system, errno: error, .map(name: new.name, id: new.id), path: path,
        "it could not take the place of \(old)")
    }
  }
}
