//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A string of at most `capacity` bytes, followed by zeros, whose beginnings an LPM trie finds: a path or a domain name
/// read backward, for example.
///
/// ```swift
/// let owners = try LPMTrieMap<PrefixBytes<64>, UInt32>(name: "owners", maxEntries: 100)
/// if let home = AddressPrefix<PrefixBytes<64>>(beginning: "/home/".utf8) { try owners.update(home, to: 1000) }
/// if let path = PrefixBytes<64>("/home/me/notes".utf8) { print(try owners.lookup(path) ?? 0) }
/// ```
public struct PrefixBytes<let capacity: Int>: PrefixAddress {
  private var storage: InlineArray<capacity, UInt8>

  /// Creates a string of bytes; nil if there are more than `capacity`.
  public init?(_ bytes: some Sequence<UInt8>) {
    storage = InlineArray(repeating: 0)
    var count = 0
    for byte in bytes {
      guard count < capacity else { return nil }
      storage[count] = byte
      count += 1
    }
  }

  /// The bytes, with the zeros at the end.
  public var bytes: InlineArray<capacity, UInt8> { storage }

  /// Returns whether all bytes are equal.
  public static func == (a: PrefixBytes, b: PrefixBytes) -> Bool {
    for index in 0..<capacity where a.storage[index] != b.storage[index] { return false }
    return true
  }

  /// Hashes all bytes.
  public func hash(into hasher: inout Hasher) {
    for index in 0..<capacity { hasher.combine(storage[index]) }
  }
}

extension AddressPrefix {
  /// Creates the prefix of all strings that begin with some bytes; nil if there are more than the capacity.
  public init?<let capacity: Int>(beginning bytes: some Collection<UInt8>)
  where Address == PrefixBytes<capacity> {
    guard let string = PrefixBytes<capacity>(bytes) else { return nil }
    self.init(string, length: bytes.count * 8)
  }
}

#if !hasFeature(Embedded)
extension PrefixBytes: CustomStringConvertible {
  /// The bytes before the zeros at the end as text, with the Unicode replacement character for what is not UTF-8.
  public var description: String {
    var text: [UInt8] = []
    for index in 0..<capacity { text.append(storage[index]) }
    while text.last == 0 { text.removeLast() }
    return String(decoding: text, as: UTF8.self)
  }
}
#endif
