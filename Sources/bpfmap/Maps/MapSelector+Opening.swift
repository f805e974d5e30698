//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

extension MapSelector {
  /// Opens the selected map.
  func open(_ access: MapAccess = .readWrite) throws(BPFError) -> MapHandle {
    switch self {
    case .id(let id): try MapHandle(id: MapID(rawValue: id), access: access)
    case .name(let name): try Self.open(name, access)
    case .pinned(let path): try MapHandle(pinnedAt: FilePath(path), access: access)
    }
  }

  /// Opens the map with a name. If there is none, the error suggests a similar name.
  private static func open(_ name: String, _ access: MapAccess) throws(BPFError) -> MapHandle {
    do throws(BPFError) {
      return try MapHandle(name: name, access: access)
    } catch {
      guard error.code == .notFound, let maps = try? OpenedMap.infos() else { throw error }
      var error = error
      error.explanation += NameSuggestion.hint(for: name, among: Set(maps.map(\.name)).sorted())
      throw error
    }
  }

  /// Opens the map read-write, falling back to write-only. Errors have more details if the map is readable.
  func openToWrite() throws(BPFError) -> MapHandle {
    do throws(BPFError) {
      return try open(.readWrite)
    } catch {
      guard error.code == .permissionDenied, let map = try? open(.writeOnly) else { throw error }
      return map
    }
  }

  /// Opens the map read-write, falling back to read-only, then write-only.
  func openWithMostAccess() throws(BPFError) -> MapHandle {
    do throws(BPFError) {
      return try open(.readWrite)
    } catch {
      guard error.code == .permissionDenied else { throw error }
      for access in [MapAccess.readOnly, .writeOnly] {
        if let map = try? open(access) { return map }
      }
      throw error
    }
  }
}
