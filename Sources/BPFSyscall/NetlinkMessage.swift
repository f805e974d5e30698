//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import Glibc

/// A message of netlink(7) that was received.
package struct NetlinkMessage {
  /// `RTM_*` or `NLMSG_*`.
  package let type: Int
  package let flags: Int
  /// The number of the request that it answers.
  package let sequence: UInt32
  /// The bytes after the message's own header.
  package let body: ArraySlice<UInt8>

  /// Returns the messages in a datagram. A message that is cut off is left out.
  package static func all(in bytes: [UInt8]) -> [NetlinkMessage] {
    var messages: [NetlinkMessage] = []
    var rest = bytes[...]
    let headerSize = MemoryLayout<linux_nlmsghdr>.size
    while let header = rest.loaded(as: linux_nlmsghdr.self) {
      let length = Int(header.length)
      guard length >= headerSize, length <= rest.count else { break }
      messages.append(
        NetlinkMessage(
          type: Int(header.type), flags: Int(header.flags), sequence: header.sequence,
          body: rest.dropFirst(headerSize).prefix(length - headerSize)))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return messages
  }

  /// The errno of an answer that says how a request went, 0 if well; nil for any other message.
  package var errno: CInt? {
    guard type == LINUX_NLMSG_ERROR else { return nil }
    // A minimum has no opposite, and is no errno.
    return body.loaded(as: Int32.self).map { max($0, -Int32.max) }.map { -$0 } ?? EBADMSG
  }

  /// The kernel's own explanation in such an answer; empty if it has none.
  package var explanation: String {
    guard flags & LINUX_NLM_F_ACK_TLVS != 0 else { return "" }
    let attributes = NetlinkAttribute.all(in: body.dropFirst(4 + MemoryLayout<linux_nlmsghdr>.size))
    guard let text = attributes.first(where: { $0.type == LINUX_NLMSGERR_ATTR_MSG }) else { return "" }
    return String(decoding: text.value.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// An attribute of a message that was received.
package struct NetlinkAttribute {
  package let type: Int
  package let value: ArraySlice<UInt8>

  /// Returns the attributes that follow one another in some bytes. One that is cut off is left out, and all after it.
  package static func all(in bytes: ArraySlice<UInt8>) -> [NetlinkAttribute] {
    var attributes: [NetlinkAttribute] = []
    var rest = bytes
    while let length = rest.loaded(as: UInt16.self), length >= 4, Int(length) <= rest.count,
      let type = rest.dropFirst(2).loaded(as: UInt16.self)
    {
      attributes.append(
        NetlinkAttribute(
          type: Int(type) & LINUX_NLA_TYPE_MASK, value: rest.dropFirst(4).prefix(Int(length) - 4)))
      rest = rest.dropFirst((Int(length) + 3) & ~3)
    }
    return attributes
  }

  /// The attributes in this one.
  package var nested: [NetlinkAttribute] { NetlinkAttribute.all(in: value) }

  /// The value as a number; nil if it has too few bytes.
  package func number<Number: FixedWidthInteger & BitwiseCopyable>(as type: Number.Type) -> Number? {
    value.loaded(as: type)
  }
}

/// The attributes of a message to be sent, one after the other.
struct NetlinkAttributes {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ type: Int, bytes value: [UInt8]) {
    bytes.append(number: UInt16(truncatingIfNeeded: value.count + 4))
    bytes.append(number: UInt16(truncatingIfNeeded: type))
    bytes += value
    bytes += [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
  }

  mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Int, _ number: Number) {
    append(type, bytes: [UInt8](number: number))
  }

  mutating func append(_ type: Int, text: String) { append(type, bytes: Array(text.utf8) + [0]) }
}

extension [UInt8] {
  /// Appends a value as memory has it; one without padding.
  mutating func append<Value: BitwiseCopyable>(contentsOfValue value: Value) {
    unsafe Swift.withUnsafeBytes(of: value) { unsafe append(contentsOf: $0) }
  }
}

extension ArraySlice<UInt8> {
  /// What the bytes begin with, if there are enough; of a type every pattern of bytes of which is a value.
  func loaded<Value: BitwiseCopyable>(as type: Value.Type) -> Value? {
    guard count >= MemoryLayout<Value>.size else { return nil }
    return unsafe span.bytes.unsafeLoadUnaligned(as: Value.self)
  }
}
