//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization

/// The types of a BTF object: of the running kernel, of a module, of a compiled BPF program.
///
/// It holds the object's bytes and where in them each type begins, and no object for a type: those of the kernel may be
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

  /// The types, in this machine's byte order, and the names, each ended by a NUL.
  let bytes: BTFBytes

  /// Where each of its own types begins, counted from the first.
  let offsets: [UInt32]

  /// The kinds of its own types, counted from the first: so that looking for one kind passes over the others' bytes.
  let kinds: [BTFKind]

  /// Where its names begin in the numbering that they share with the base's.
  let firstString: Int

  /// Whether the object was written for a machine of the other byte order.
  public let isByteSwapped: Bool

  private let names = Mutex(NameIndex())

  /// Whether one of its own names, which is not a type's, has more bytes than names have.
  let hasLongName: Bool

  init(
    _ bytes: BTFBytes, offsets: [UInt32], kinds: [BTFKind], base: BTFTypes?, isByteSwapped: Bool,
    hasLongName: Bool
  ) {
    (self.bytes, self.offsets, self.kinds, self.base) = (bytes, offsets, kinds, base)
    (self.isByteSwapped, self.hasLongName) = (isByteSwapped, hasLongName)
    firstID = base?.endID ?? 1
    firstString = base?.endString ?? 0
  }

  /// The number after that of the last type.
  public var endID: Int { firstID + offsets.count }

  /// The end of its names in the numbering that they share with the base's.
  var endString: Int { firstString + bytes.strings.count }

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
  /// It goes through the types of the kind in their order and remembers the names on the way, in some bytes for each: no
  /// name is looked at twice, however many are asked for.
  public func find(_ kind: BTFKind, named name: String) -> BTFType? {
    if let found = base?.find(kind, named: name) { return found }
    let name = Array(name.utf8)
    guard !name.isEmpty, !name.contains(0) else { return nil }
    let index = names.withLock { $0.first(kind, named: name, in: self) }
    return index.map { BTFType(in: self, id: firstID + $0) }
  }

  /// All types that have a name, of any kind, ascending by id.
  public func all(named name: String) -> [BTFType] {
    let found = base?.all(named: name) ?? []
    let name = Array(name.utf8)
    guard !name.isEmpty, !name.contains(0) else { return found }
    let indices = names.withLock { $0.all(named: name, in: self) }
    return found + indices.map { BTFType(in: self, id: firstID + $0) }
  }
}

// MARK: - Bytes

extension BTFTypes {
  /// A word of a type's bytes. What is asked for was proved to be there when the object was read.
  @inline(__always)
  func word(at offset: Int) -> UInt32 {
    unsafe bytes.withBytes {
      unsafe $0.loadUnaligned(fromByteOffset: bytes.types.lowerBound + offset, as: UInt32.self)
    }
  }

  func nameOffset(at index: Int) -> Int { Int(word(at: Int(offsets[index]))) }

  func kind(at index: Int) -> BTFKind { kinds[index] }
}

// MARK: - Names

extension BTFTypes {
  /// Passes the names from a place on, in the numbering shared with the base. The last ends with a NUL.
  @inline(__always)
  private func withNames<R>(from place: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    var owner = self
    while place < owner.firstString, let base = owner.base { owner = base }
    let start = owner.bytes.strings.lowerBound + place - owner.firstString
    return unsafe owner.bytes.withBytes {
      unsafe body(UnsafeRawBufferPointer(rebasing: $0[start..<owner.bytes.strings.upperBound]))
    }
  }

  /// A byte of its own names, which end with a NUL.
  @inline(__always)
  func nameByte(_ index: Int) -> UInt8 {
    unsafe bytes.withBytes { unsafe $0[bytes.strings.lowerBound + index] }
  }

  /// The name at a place.
  func string(at place: Int) -> String {
    unsafe withNames(from: place) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Whether the name at a place ends before it has more than so many bytes.
  func isName(at place: Int, upTo count: Int) -> Bool {
    unsafe withNames(from: place) { unsafe $0.prefix(count + 1).contains(0) }
  }

  func hashOfName(at place: Int) -> UInt32 {
    unsafe withNames(from: place) { unsafe NameHash.of($0, from: 0) }
  }

  /// Whether the name at a place is this one.
  func isName(at place: Int, _ name: [UInt8]) -> Bool {
    unsafe withNames(from: place) { names in
      unsafe names.count > name.count && names[name.count] == 0 && names.starts(with: name)
    }
  }
}
