//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

/// What the commands need to know of a map before they touch its elements.
extension MapHandle {
  /// How the map's elements lie in memory.
  func shape() throws(BPFError) -> ElementTemplate.Shape {
    .init(
      keySize: keySize, valueSize: valueSize, cpus: type.isPerCPU ? try PossibleCPUs.current().ids : nil)
  }

  /// The value of a key as the kernel moves it, that is of all CPUs; nil if there is no such key.
  func storedValue(_ key: [UInt8], flags: MapFlags = []) throws(BPFError) -> [UInt8]? {
    guard type.isPerCPU else { return try lookup(key, flags: flags) }
    var values = [UInt8](repeating: 0, count: valueStride)
    var span = values.mutableSpan
    // Bytes have no invalid values that a raw write could leave behind.
    var bytes = unsafe span.mutableBytes
    return try lookupPerCPU(key, into: &bytes, flags: flags) ? values : nil
  }

  /// The error for what is not there, which the library answers with nil.
  func notFound(_ operation: BPFError.Operation, _ explanation: String = "there is no such key") -> BPFError {
    BPFError(operation, .notFound, mapName: name, mapID: id, explanation)
  }

  /// Refuses maps of which elements can be added or taken, but not read whole.
  func checkListable() throws(Failure) {
    switch type {
    case .queue, .stack:
      throw .unsupported("\(self) cannot be read without taking values out; see 'peek' and 'pop'")
    case .bloomFilter:
      throw .unsupported("\(self) cannot tell what is in it; ask with 'lookup MAP value DATA'")
    default: break
    }
  }

  /// Refuses maps from which values do not come out one after the other.
  func checkQueue(insteadUse command: String) throws(Failure) {
    if type == .bloomFilter {
      throw .unsupported("\(self) gives no values back; ask with 'lookup MAP value DATA'")
    }
    guard type == .queue || type == .stack else {
      throw .unsupported("\(self) is no queue or stack; use '\(command)'")
    }
  }

  /// Refuses to take a number for a descriptor: it would be one of this process's own, whatever that is.
  func checkNumbersAreValues() throws(Failure) {
    guard let held = HeldObject(valuesOf: type) else { return }
    throw .usage("\(self) holds \(held.plural): write one as \(held.form("value"))")
  }

  /// Refuses to take a number for a key that is a descriptor.
  func checkKeysAreTyped() throws(Failure) {
    guard let held = HeldObject(keysOf: type) else { return }
    throw .usage("the keys of \(self) are \(held.plural): write one as \(held.form("key"))")
  }
}
