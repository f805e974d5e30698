//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFMaps
internal import BPFSyscall
internal import SystemPackage

/// A pin that the last step of loading makes.
struct PendingPin {
  /// The part of an object that is pinned.
  enum Part {
    case map(MapHandle)
    case program(Program)
  }

  let part: Part
  /// The path of the pin.
  let path: FilePath
  /// Whether the pin replaces an existing one. If not, an existing one is an error.
  let replacesExisting: Bool

  init(_ part: Part, at path: FilePath, replacesExisting: Bool) {
    (self.part, self.path, self.replacesExisting) = (part, path, replacesExisting)
  }

  /// The directory of the pin.
  var directory: FilePath {
    let parent = path.removingLastComponent()
    return parent.isEmpty ? "." : parent
  }

  /// A temporary path beside the pin.
  var temporaryPath: FilePath { TemporaryPin.path(in: directory, kind, id: id) }

  /// The temporary path of the replaced pin, on kernels that cannot exchange names.
  var asidePath: FilePath { FilePath("\(temporaryPath)_old") }

  private var kind: BPFObjectKind {
    switch part {
    case .map: .map
    case .program: .program
    }
  }

  private var id: UInt32 {
    switch part {
    case .map(let map): map.id.rawValue
    case .program(let program): program.id.rawValue
    }
  }

  private var subject: BPFError.Subject {
    switch part {
    case .map(let map): .map(name: map.name, id: map.id)
    case .program(let program): program.subject
    }
  }

  /// Pins the part at another path. Errors name the path of the pin.
  func pin(at other: FilePath) throws(BPFError) {
    do throws(BPFError) {
      switch part {
      case .map(let map): try map.pin(at: other)
      case .program(let program): try program.pin(at: other)
      }
    } catch {
      var error = error
      error.path = path
      throw error
    }
  }

  /// Returns the error for a failed rename to the pin's name.
  func failure(_ errno: Errno) -> BPFError {
    let pin = Pin(path, of: kind, subject)
    guard replacesExisting, errno == .noSuchFileOrDirectory else { return pin.pinFailure(errno) }
    return pin.failure(
      .pin, .changed, errno: errno, "the pin that it replaces was removed meanwhile: load again")
  }
}
