//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import Synchronization

/// The types of a BTF object: of the running kernel, a module, or a compiled BPF program.
///
/// It stores the object's bytes and the offset of each type, but no object for each type: the kernel may have more than
/// a hundred thousand. A ``BTFType`` is a view of the bytes, created on demand.
///
/// The input is not trusted: reading checks that every type is within the bytes, and that its references are valid.
/// Types may still be cyclic, so all traversals are bounded.
///
/// ```swift
/// let kernel = try BTFTypes.vmlinux()
/// if let task = kernel.find(.structure, named: "task_struct") {
///   print(task.byteCount ?? 0, "bytes,", task.members.count, "members")
/// }
/// ```
public final class BTFTypes: Sendable {
  /// For split BTF, the object that it extends.
  public let base: BTFTypes?

  /// The id of the first type of this object: 1, or for split BTF the one after the base's last.
  public let firstID: Int

  /// The types, in native byte order, and the names, each terminated by a NUL.
  let bytes: BTFBytes

  /// The offset of each type of this object in the type section.
  let offsets: [UInt32]

  /// The kinds of this object's types. A search for one kind skips the bytes of others.
  let kinds: [BTFKind]

  /// The offset of its string section in the combined strings of the base and this object.
  let firstString: Int

  /// Whether the object was written for a machine with the other byte order.
  public let isByteSwapped: Bool

  private let names = Mutex(NameIndex())

  /// Whether a string of this object, other than a type's name, exceeds the length limit for names.
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

  /// The id after the last type's.
  public var endID: Int { firstID + offsets.count }

  /// The end of its string section in the combined strings of the base and this object.
  var endString: Int { firstString + bytes.strings.count }

  /// The number of types, including those of the base, without `void`.
  public var count: Int { endID - 1 }
}

// MARK: - Types

extension BTFTypes {
  /// Returns the type with an id; nil if there is none.
  public subscript(id: Int) -> BTFType? {
    guard id >= 0, id < endID else { return nil }
    guard id < firstID, let base, id > 0 else { return BTFType(in: self, id: id) }
    return base[id]
  }

  /// Returns the first type of a kind with the given name; nil if there is none.
  ///
  /// Searches the types of the kind in order and caches a hash of each name on the way, so no name is read twice.
  public func find(_ kind: BTFKind, named name: String) -> BTFType? {
    if let found = base?.find(kind, named: name) { return found }
    let name = Array(name.utf8)
    guard !name.isEmpty, !name.contains(0) else { return nil }
    let index = names.withLock { $0.first(kind, named: name, in: self) }
    return index.map { BTFType(in: self, id: firstID + $0) }
  }

  /// Returns all types with the given name, of any kind, ascending by id.
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
  /// Returns a word of a type. The offset was validated when the object was read.
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
  /// Calls a closure with the strings from an offset in the combined strings. They end with a NUL.
  @inline(__always)
  private func withNames<R>(from offset: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    var owner = self
    while offset < owner.firstString, let base = owner.base { owner = base }
    let start = owner.bytes.strings.lowerBound + offset - owner.firstString
    return unsafe owner.bytes.withBytes {
      unsafe body(UnsafeRawBufferPointer(rebasing: $0[start..<owner.bytes.strings.upperBound]))
    }
  }

  /// Returns a byte of this object's own strings, which end with a NUL.
  @inline(__always)
  func nameByte(_ index: Int) -> UInt8 {
    unsafe bytes.withBytes { unsafe $0[bytes.strings.lowerBound + index] }
  }

  /// Returns the string at an offset, of any length. The offset must be within the string sections.
  package func string(at offset: Int) -> String {
    unsafe withNames(from: offset) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Returns whether the name at an offset has at most `count` bytes.
  func isName(at offset: Int, upTo count: Int) -> Bool {
    unsafe withNames(from: offset) { unsafe $0.prefix(count + 1).contains(0) }
  }

  func hashOfName(at offset: Int) -> UInt32 {
    unsafe withNames(from: offset) { unsafe NameHash.of($0, from: 0) }
  }

  /// Returns whether the name at an offset equals the given one.
  func isName(at offset: Int, _ name: [UInt8]) -> Bool {
    unsafe withNames(from: offset) { names in
      unsafe names.count > name.count && names[name.count] == 0 && names.starts(with: name)
    }
  }
}
