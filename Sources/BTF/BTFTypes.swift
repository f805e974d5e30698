//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// The types of a BTF object: of the running kernel, of a module, of a compiled BPF program.
///
/// It holds the object's bytes and where in them each type begins, and no object for a type: those of the kernel are
/// more than a hundred thousand. A type is a ``BTFType``, a view of the bytes, made when asked for.
///
/// Nothing in it is trusted: reading checks that every type lies within the bytes and refers only to names and types
/// that are there. Types may still be built in a circle, and whoever follows them is bounded.
///
/// ```swift
/// let kernel = try BTFTypes.vmlinux()
/// if let task = kernel.find(.structure, named: "task_struct") {
///   print(task.byteCount ?? 0, "bytes,", task.members.count, "members")
/// }
/// ```
public final class BTFTypes: Sendable {
  /// For split BTF, the object that its types build on.
  public let base: BTFTypes?

  /// The number of the first type that is this object's own: 1, or for split BTF the one after the base's last.
  public let firstID: Int

  /// The types' bytes, in this machine's byte order.
  let types: [UInt8]

  /// The names, each ended by a NUL.
  let strings: [UInt8]

  /// Where each of its own types begins in `types`.
  let offsets: [UInt32]

  /// Where its names begin in the numbering that they share with the base's.
  let firstString: Int

  /// Whether the object was written for a machine of the other byte order.
  public let isByteSwapped: Bool

  init(
    types: [UInt8], strings: [UInt8], offsets: [UInt32], base: BTFTypes?, isByteSwapped: Bool
  ) {
    (self.types, self.strings, self.offsets, self.base) = (types, strings, offsets, base)
    self.isByteSwapped = isByteSwapped
    firstID = base?.endID ?? 1
    firstString = base?.endString ?? 0
  }

  /// The number after that of the last type.
  public var endID: Int { firstID + offsets.count }

  /// The end of its names in the numbering that they share with the base's.
  var endString: Int { firstString + strings.count }

  /// How many types it has, with those of its base, and without `void`.
  public var count: Int { endID - 1 }
}

// MARK: - Types

extension BTFTypes {
  /// The type with a number; nil if there is none.
  public subscript(id: Int) -> BTFType? {
    guard id >= 0, id < endID else { return nil }
    guard id < firstID, let base, id > 0 else { return BTFType(in: self, id: id) }
    return base[id]
  }

  /// The first type of a kind that has a name; nil if there is none.
  ///
  /// The names are searched for the name, then the types for its place among the names: two passes over memory,
  /// without an allocation.
  public func find(_ kind: BTFKind, named name: String) -> BTFType? {
    if let found = base?.find(kind, named: name) { return found }
    return first(named: name) { $0 == kind }
  }

  /// All types that have a name, of any kind, ascending by id.
  public func all(named name: String) -> [BTFType] {
    var found = base?.all(named: name) ?? []
    let places = places(of: name)
    guard !places.isEmpty else { return found }
    for index in offsets.indices where places.contains(nameOffset(at: index)) {
      found.append(BTFType(in: self, id: firstID + index))
    }
    return found
  }

  private func first(named name: String, _ fits: (BTFKind) -> Bool) -> BTFType? {
    let places = places(of: name)
    let index: Int?
    if places.count == 1, let place = places.first {
      index = offsets.indices.first { nameOffset(at: $0) == place && fits(kind(at: $0)) }
    } else if places.isEmpty {
      index = nil
    } else {
      index = offsets.indices.first { places.contains(nameOffset(at: $0)) && fits(kind(at: $0)) }
    }
    return index.map { BTFType(in: self, id: firstID + $0) }
  }
}

// MARK: - Bytes

extension BTFTypes {
  /// A word of a type's bytes. What is asked for was proved to be there when the object was read.
  func word(at offset: Int) -> UInt32 {
    unsafe types.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
  }

  func nameOffset(at index: Int) -> Int { Int(word(at: Int(offsets[index]))) }

  func kind(at index: Int) -> BTFKind {
    BTFKind(rawValue: UInt8(word(at: Int(offsets[index]) + 4) >> 24 & 0x1f)) ?? .void
  }

  /// The name at a place in the numbering shared with the base.
  func string(at place: Int) -> String {
    guard place >= firstString else { return base?.string(at: place) ?? "" }
    let bytes = strings[(place - firstString)...]
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Where a name stands among its own and the base's names: nearly always at one place or none, but a name may be
  /// the end of another, and may be there twice.
  private func places(of name: String) -> Set<Int> {
    var places = base?.places(of: name) ?? []
    let text = Array(name.utf8) + [0]
    guard text.count > 1, !text.dropLast().contains(0) else { return places }
    var start = 0
    while let found = strings.offset(of: text, from: start) {
      places.insert(firstString + found)
      start = found + 1
    }
    return places
  }
}
