//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import SystemPackage

/// A path at which several processes share a map, which the first one creates.
struct SharedPin {
  private let path: FilePath
  private let request: MapCreationRequest

  /// The number of attempts before giving up.
  private static let attempts = 16

  init(_ path: FilePath, _ request: MapCreationRequest) { (self.path, self.request) = (path, request) }

  /// Opens the map that is pinned at the path, or creates and pins it.
  ///
  /// The kernel never replaces a file at the path, so that only one of several new maps is pinned. A process whose map is
  /// not opens the pinned one.
  func map() throws(BPFError) -> OpenedMap {
    guard request.options.exclusiveProgramHash.isEmpty else {
      throw BPFError(
        .create, .invalidArgument, mapName: request.name, path: path,
        "the kernel does not tell whether a pinned map is exclusive to a program")
    }
    for _ in 0..<SharedPin.attempts {
      if let pinned = try pinned() { return pinned }
      if let created = try created() { return created }
    }
    throw BPFError(
      .create, .changed, mapName: request.name, path: path,
      "other processes pin maps there and remove them again all the time")
  }

  /// Returns the map that is pinned at the path, or nil if there is none.
  private func pinned() throws(BPFError) -> OpenedMap? {
    let descriptor: OwnedDescriptor
    do throws(BPFError) {
      descriptor = try BPFObjectKind.map.open(
        pinnedAt: path, flags: request.access.flags.rawValue,
        access: request.access == .readWrite ? nil : "\(request.access)")
    } catch {
      if error.errno == .noSuchFileOrDirectory { return nil }
      throw error
    }
    let map = try OpenedMap(adopting: descriptor, .open, path: path)
    let wanted = try CreatedMapShape(
      requested: request.type, keySize: request.keySize, valueSize: request.valueSize,
      maxEntries: request.maxEntries, flags: request.flags, extra: request.options.extra)
    let differences = CreatedMapShape(of: map.info).differences(from: wanted, "the requested map's")
    guard differences.isEmpty else {
      throw BPFError(
        .open, .typeMismatch, mapName: map.info.name, mapID: map.info.id, path: path,
        "the pinned map differs from the requested one: \(differences.joined(separator: "; "))")
    }
    return map
  }

  /// Creates and pins the map. Returns nil if another one is pinned at the path by now.
  private func created() throws(BPFError) -> OpenedMap? {
    let map = try request.createMap()
    do throws(BPFError) {
      try map.pin(at: path)
      return map
    } catch {
      if error.code == .alreadyExists { return nil }
      throw error
    }
  }
}
