//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//
internal import BPFSyscall
internal import SystemPackage

/// The last step of loading: makes pins and fills shared program arrays, all or none.
///
/// Each pin is first made under a temporary name, so nothing existing changes if the kernel rejects one. Then renames
/// publish the pins. Replaced pins keep temporary names until the last rename, and are restored if one fails.
///
/// The thread blocks signals meanwhile, so a signal that ends the process leaves all pins or none. SIGKILL may leave
/// pins under temporary names: the next step in the directory removes them.
struct PinningStep {
  private let pins: [PendingPin]
  private let slots: [ProgramSlot]

  /// - Parameter slots: Slots of existing program arrays, filled right before the renames.
  init(_ pins: [PendingPin], filling slots: [ProgramSlot] = []) { (self.pins, self.slots) = (pins, slots) }

  /// Makes the pins, and fills the slots.
  ///
  /// System calls: for each directory mkdir(2), those of `PinDirectory` and close(2); for each pin `BPF_OBJ_PIN` and
  /// renameat2(2), for one that replaces another also stat(2), chown(2), chmod(2) and unlink(2); for each slot
  /// `BPF_MAP_LOOKUP_ELEM`, `BPF_PROG_GET_FD_BY_ID` and `BPF_MAP_UPDATE_ELEM`.
  func run() throws(BPFError) {
    guard !(pins.isEmpty && slots.isEmpty) else { return }
    try SignalMask.withAllBlocked { () throws(BPFError) in
      var progress = Progress()
      var locks: [PinDirectory] = []
      // The temporary names are in use until the step is done or undone.
      defer { withExtendedLifetime(locks) {} }
      do throws(BPFError) {
        try makeDirectories(&progress)
        locks = Set(pins.map(\.directory)).compactMap { PinDirectory($0) }
        for pin in pins {
          try pin.pin(at: pin.temporaryPath)
          progress.temporary.append(pin.temporaryPath)
        }
        for slot in slots {
          let old = slot.current()
          try slot.fill()
          progress.filled.append((slot, old))
        }
        for pin in pins { try publish(pin, &progress) }
      } catch {
        progress.undo()
        throw error
      }
      progress.finish()
    }
  }

  /// Creates the directories that are missing, as libbpf does: only the last component of each path.
  private func makeDirectories(_ progress: inout Progress) throws(BPFError) {
    for directory in Set(pins.map(\.directory)) {
      do throws(Errno) {
        if try FileSystem.createDirectory(directory) { progress.directories.append(directory) }
      } catch {
        let code: BPFError.Code =
          switch error {
          case .noSuchFileOrDirectory, .notDirectory: .notFound
          case .permissionDenied, .notPermitted, .readOnlyFileSystem: .permissionDenied
          default: error.unansweredCode
          }
        throw BPFError(.pin, code, errno: error, path: directory, "the directory cannot be created")
      }
    }
  }

  /// Renames a pin to its final name.
  private func publish(_ pin: PendingPin, _ progress: inout Progress) throws(BPFError) {
    let temporary = pin.temporaryPath
    do throws(Errno) {
      if pin.replacesExisting {
        FileSystem.copyOwnership(of: pin.path, to: temporary)
        progress.replaced.append((try exchange(pin), pin.path))
      } else {
        try FileSystem.rename(temporary, to: pin.path, .exclusive)
        progress.created.append(pin.path)
      }
    } catch {
      throw pin.failure(error)
    }
    progress.temporary.removeAll { $0 == temporary }
  }

  /// Replaces an existing pin, so that a pin of that name exists at all times.
  ///
  /// - Returns: the temporary name of the pin that was replaced.
  private func exchange(_ pin: PendingPin) throws(Errno) -> FilePath {
    let (temporary, path, aside) = (pin.temporaryPath, pin.path, pin.asidePath)
    do throws(Errno) {
      try FileSystem.rename(temporary, to: path, .exchanging)
      return temporary
    } catch {
      guard error == .invalidArgument else { throw error }
    }
    // bpffs cannot exchange names before Linux 5.16.
    try FileSystem.link(path, as: aside)
    do throws(Errno) {
      try FileSystem.rename(temporary, to: path, .replacing)
    } catch {
      try? FileSystem.unlink(aside)
      throw error
    }
    return aside
  }
}

/// The changes that a pinning step has made so far.
private struct Progress {
  /// Directories that were created.
  var directories: [FilePath] = []
  /// Pins that have only a temporary name.
  var temporary: [FilePath] = []
  /// Slots of shared program arrays, and their previous programs.
  var filled: [(slot: ProgramSlot, old: Program?)] = []
  /// Published pins under names that were free.
  var created: [FilePath] = []
  /// Published pins that replaced others, with the temporary names of those.
  var replaced: [(aside: FilePath, path: FilePath)] = []

  /// Removes the replaced pins.
  func finish() {
    for (aside, _) in replaced { try? FileSystem.unlink(aside) }
  }

  /// Restores the previous state. Ignores failures, and leaves the files concerned: the error to report is the one
  /// that caused the undo.
  func undo() {
    for (aside, path) in replaced.reversed() { try? FileSystem.rename(aside, to: path, .replacing) }
    for (slot, old) in filled.reversed() { slot.restore(old) }
    for path in created + temporary { try? FileSystem.unlink(path) }
    for directory in directories { try? FileSystem.removeDirectory(directory) }
  }
}
