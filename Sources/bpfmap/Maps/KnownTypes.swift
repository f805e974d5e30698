//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// What is known of the types of a map's keys and values.
struct KnownTypes {
  var key: BTFType?
  var value: BTFType?

  /// Why types that the map has could not be read.
  var obstacle: BPFError?

  /// No types.
  init() {}

  /// Reads the types of a map, if they are of use.
  ///
  /// What may not be read is as good as not there until somebody writes a key or value that needs it.
  init(of map: MapHandle, ifOfUse isOfUse: Bool = true) {
    guard isOfUse else { return }
    do throws(BPFError) {
      guard let types = try map.elementTypes() else { return }
      // The kernel holds sizes against the types; what it should let pass is not shown by a type it does not fit.
      key = types.key.flatMap { $0.byteCount == map.keySize ? $0 : nil }
      value = types.value.flatMap { $0.byteCount == map.valueSize ? $0 : nil }
    } catch {
      obstacle = map.named(error)
    }
  }
}

extension MapHandle {
  /// An error with the map it is about.
  func named(_ error: BPFError) -> BPFError {
    var error = error
    (error.mapName, error.mapID) = (name, id)
    return error
  }
}
