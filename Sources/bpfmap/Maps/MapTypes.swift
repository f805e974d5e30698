//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// The BTF types of a map's keys and values, as far as they are known.
struct MapTypes {
  var key: BTFType?
  var value: BTFType?

  /// The error that prevented reading the types; nil if there was none.
  var readError: BPFError?

  /// Creates an instance without types.
  init() {}

  /// Reads the types of a map.
  ///
  /// Unreadable BTF is treated as absent, until a key or value requires its type.
  ///
  /// - Parameter isNeeded: Whether the command uses the types; false to skip reading them.
  init(of map: MapHandle, ifNeeded isNeeded: Bool = true) {
    guard isNeeded else { return }
    do throws(BPFError) {
      guard let types = try map.elementTypes() else { return }
      // The kernel checks that sizes and types match. This check guards against a kernel that does not.
      key = types.key.flatMap { $0.byteCount == map.keySize ? $0 : nil }
      value = types.value.flatMap { $0.byteCount == map.valueSize ? $0 : nil }
    } catch {
      readError = map.named(error)
    }
  }
}

extension MapHandle {
  /// Returns an error with this map's name and id.
  func named(_ error: BPFError) -> BPFError {
    var error = error
    (error.mapName, error.mapID) = (name, id)
    return error
  }
}
