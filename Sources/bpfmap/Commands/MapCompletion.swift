//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF
import SystemPackage

/// Shell completions for a command's arguments.
enum MapCompletion {
  /// Completions for a map.
  static let map = CompletionKind.custom { arguments, index, prefix in
    candidates(arguments, index, prefix, following: []).filter { $0.hasPrefix(prefix) }
  }

  /// Completions for a map, `key` and `value`.
  static let element = CompletionKind.custom { arguments, index, prefix in
    candidates(arguments, index, prefix, following: ["key", "value", "hex", "dec"]).filter {
      $0.hasPrefix(prefix)
    }
  }

  /// Completions for a map and a path.
  static let path = CompletionKind.custom { arguments, index, prefix in
    let candidates =
      prefix.contains("/")
      ? files(beginningWith: prefix) : candidates(arguments, index, prefix, following: ["/sys/fs/bpf/"])
    return candidates.filter { $0.hasPrefix(prefix) }
  }

  private static func candidates(
    _ arguments: [String], _ index: Int, _ prefix: String, following: [String]
  ) -> [String] {
    let previous = index > 0 && index <= arguments.count ? arguments[index - 1] : ""
    switch previous {
    case "id": return ((try? MapHandle.ids()) ?? []).map(\.description)
    case "name":
      let maps = (try? OpenedMap.infos()) ?? []
      return Set(maps.map(\.name)).subtracting([""]).sorted()
    case "path": return files(beginningWith: prefix.isEmpty ? "/sys/fs/cgroup/" : prefix)
    case "pinned": return files(beginningWith: prefix.isEmpty ? "/sys/fs/bpf/" : prefix)
    default:
      return arguments.contains(where: MapSelector.keywords.contains) ? following : MapSelector.keywords
    }
  }

  /// Returns the paths of the files in the directory of a partial path; directories end with a slash.
  private static func files(beginningWith prefix: String) -> [String] {
    let directory = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
    return FileSystem.entries(in: FilePath(directory.isEmpty ? "." : directory))
      .map { directory + $0.name + ($0.isDirectory ? "/" : "") }.sorted()
  }
}
