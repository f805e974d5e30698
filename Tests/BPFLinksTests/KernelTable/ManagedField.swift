//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import BPFMaps
import KernelFixtures

/// A field of a map's values that the kernel manages.
struct ManagedField: Sendable {
  var name: String
  private var byteCount: Int
  /// The type tag of a pointer, and the structure that it points to; nil for a structure.
  private var pointer: (tag: String, target: String)?

  /// The size of a value: a number, and the field with padding.
  private var valueSize: Int { 8 + (byteCount + 7) / 8 * 8 }

  private init(_ name: String, byteCount: Int = 8, pointer: (tag: String, target: String)? = nil) {
    (self.name, self.byteCount, self.pointer) = (name, byteCount, pointer)
  }

  static let spinLock = ManagedField("bpf_spin_lock", byteCount: 4)
  static let resilientSpinLock = ManagedField("bpf_res_spin_lock", byteCount: 4)
  static let timer = ManagedField("bpf_timer", byteCount: 16)
  static let workQueue = ManagedField("bpf_wq", byteCount: 16)
  static let taskWork = ManagedField("bpf_task_work")
  /// A pointer to a kernel object.
  static let kernelPointer = ManagedField("kptr", pointer: ("kptr", "task_struct"))
  /// A pointer to memory of a process.
  static let userPointer = ManagedField("uptr", pointer: ("uptr", "own_data"))
  /// A structure that no kernel manages.
  static let plain = ManagedField("plain")

  /// Returns whether the kernel manages the field in values of a map type.
  ///
  /// A kernel that does not know the field accepts it in every type, as bytes. One that knows it rejects it in a trie.
  func isAccepted(in type: MapType) throws -> Bool {
    try isTaken(by: type) && !isTaken(by: .lpmTrie)
  }

  /// Returns whether the kernel creates a map of a type with the field in its values.
  func isTaken(by type: MapType) throws -> Bool {
    var types = BTFBuilder()
    let number = types.add("int", .int(byteCount: 4, BTFType.IntegerEncoding(isSigned: true, bitCount: 32)))
    let wide = types.add("long", .int(byteCount: 8, BTFType.IntegerEncoding(isSigned: true, bitCount: 64)))
    let prefix = types.add(
      "prefix",
      .structure(
        byteCount: 8,
        members: [
          BTFDefinition.Member("length", type: number, bitOffset: 0),
          BTFDefinition.Member("address", type: number, bitOffset: 32),
        ]))
    let value = addValue(to: &types, number, wide)
    return try KernelReply.isTaken {
      let handle = try types.types().load()
      try handle.withFileDescriptor { descriptor in
        let key = type == .lpmTrie ? prefix : type == .cgroupStorage ? wide : number
        var options = MapOptions(flags: type.facts.requiredFlags)
        options.btf = MapOptions.BTF(
          descriptor: descriptor, keyTypeID: UInt32(key), valueTypeID: UInt32(value))
        _ = try MapHandle(
          type: type, name: UniqueName.next(), keySize: key == number ? 4 : 8,
          valueSize: valueSize, maxEntries: type.facts.capacity == .growing ? 0 : 1,
          options: options)
      }
    }
  }

  /// Adds a structure of a number and the field.
  private func addValue(to types: inout BTFBuilder, _ number: Int, _ wide: Int) -> Int {
    let member = BTFDefinition.Member("number", type: number, bitOffset: 0)
    let field: Int
    if let pointer {
      // The kernel finds the first target by name among its own types; the second must not be one of them.
      let target = types.add(pointer.target, .structure(byteCount: 4, members: [member]))
      field = types.add(.pointer(to: types.add(pointer.tag, .typeTag(target))))
    } else {
      field = types.add(name, .structure(byteCount: byteCount, members: [member]))
    }
    return types.add(
      "value",
      .structure(
        byteCount: valueSize,
        members: [
          BTFDefinition.Member("count", type: wide, bitOffset: 0),
          BTFDefinition.Member("field", type: field, bitOffset: 64),
        ]))
  }
}
