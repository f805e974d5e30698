//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF

// Properties and checks of maps for commands on elements.
extension MapHandle {
  /// Returns the memory layout of the map's elements.
  func shape() throws(BPFError) -> ElementTemplate.Shape {
    .init(
      keySize: keySize, valueSize: valueSize, cpus: type.isPerCPU ? try PossibleCPUs.current().ids : nil)
  }

  /// Returns the value of a key in the kernel's layout, which includes all CPUs; nil if the key does not exist.
  func storedValue(_ key: [UInt8], flags: MapFlags = []) throws(BPFError) -> [UInt8]? {
    guard type.isPerCPU else { return try lookup(key, flags: flags) }
    var values = [UInt8](repeating: 0, count: valueStride)
    var span = values.mutableSpan
    // A raw write cannot leave invalid values: every bit pattern of a byte is valid.
    var bytes = unsafe span.mutableBytes
    return try lookupPerCPU(key, into: &bytes, flags: flags) ? values : nil
  }

  /// Returns the error for a missing element. The library itself returns nil.
  func notFound(_ operation: BPFError.Operation, _ explanation: String = "the key does not exist") -> BPFError
  {
    BPFError(operation, .notFound, mapName: name, mapID: id, explanation)
  }

  /// Throws an error for maps that can only be read element by element.
  func checkListable() throws(Failure) {
    if type == .bloomFilter {
      throw .unsupported("\(self) does not store its values: check for one with 'lookup MAP value DATA'")
    }
    if type.facts.draining == .pops {
      throw .unsupported("\(self) cannot be read without removing values: use 'peek' or 'pop'")
    }
  }

  /// Throws an error for maps that are not queues or stacks.
  func checkQueue(alternative command: String) throws(Failure) {
    if type == .bloomFilter {
      throw .unsupported("\(self) does not store its values: check for one with 'lookup MAP value DATA'")
    }
    guard type.facts.draining == .pops else {
      throw .unsupported("\(self) is not a queue or stack: use '\(command)'")
    }
  }

  /// Throws an error if the map's values are objects.
  ///
  /// A plain number would be used as a descriptor of this process, whatever that refers to.
  func checkValuesAreNotObjects() throws(Failure) {
    guard let kind = type.facts.valueObject else { return }
    throw .usage("\(self) holds \(kind.plural): write one as \(kind.syntax("value"))")
  }

  /// Throws an error if the map's keys are objects.
  func checkKeysAreNotObjects() throws(Failure) {
    guard let kind = type.facts.keyObject else { return }
    throw .usage("the keys of \(self) are \(kind.plural): write one as \(kind.syntax("key"))")
  }
}
