//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//
internal import BPFSyscall
internal import SystemPackage

/// The last step of loading: makes pins and fills shared program arrays, all or none.
///
/// First each pin is made under a temporary name, so that nothing that exists has changed when the kernel refuses one. Then
/// renames give the pins their names. The pins that they replace keep temporary names until the last rename is done: if one
/// fails, they get their names back.
///
/// The thread takes no signals meanwhile, so that a signal that ends the process leaves all pins or none. SIGKILL may leave
/// pins under temporary names: the next step in the directory removes them.
struct PinningStep {
  private let pins: [PendingPin]
  private let slots: [ProgramSlot]

  /// - Parameter slots: Slots of program arrays that exist already. They are filled right before the renames.
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
      // Until the step is undone or done, its temporary names are in use.
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

  /// Gives a pin its name.
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

  /// Gives a pin the name of an existing one, at no time without a pin of that name.
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
    // BPF file systems before Linux 5.16 do not exchange names.
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
  /// Slots of shared program arrays, and the programs they held.
  var filled: [(slot: ProgramSlot, old: Program?)] = []
  /// Pins under names that were free.
  var created: [FilePath] = []
  /// Pins under names that others had, and the temporary names of those.
  var replaced: [(aside: FilePath, path: FilePath)] = []

  /// Removes the pins that were replaced.
  func finish() {
    for (aside, _) in replaced { try? FileSystem.unlink(aside) }
  }

  /// Restores what was there before. A file that cannot be restored stays; the error that is on its way is the cause.
  func undo() {
    for (aside, path) in replaced.reversed() { try? FileSystem.rename(aside, to: path, .replacing) }
    for (slot, old) in filled.reversed() { slot.restore(old) }
    for path in created + temporary { try? FileSystem.unlink(path) }
    for directory in directories { try? FileSystem.removeDirectory(directory) }
  }
}
