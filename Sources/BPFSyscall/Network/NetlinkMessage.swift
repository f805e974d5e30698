//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
internal import CLinuxBPF

/// A received netlink(7) message.
package struct NetlinkMessage {
  /// `RTM_*` or `NLMSG_*`.
  package let type: Int
  package let flags: Int
  /// The sequence number of the request that the message answers.
  package let sequence: UInt32
  /// The bytes after the message's own header.
  package let body: ArraySlice<UInt8>

  /// Returns the messages in a datagram. Omits a truncated message.
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

  /// The errno of an acknowledgment, 0 for success; nil for any other message.
  package var errno: CInt? {
    guard type == LINUX_NLMSG_ERROR else { return nil }
    // Int32.min cannot be negated, and is not an errno.
    return body.loaded(as: Int32.self).map { max($0, -Int32.max) }.map { -$0 } ?? EBADMSG
  }

  /// The kernel's explanation in an acknowledgment; empty if there is none.
  package var explanation: String {
    guard flags & LINUX_NLM_F_ACK_TLVS != 0 else { return "" }
    let attributes = NetlinkAttribute.all(in: body.dropFirst(4 + MemoryLayout<linux_nlmsghdr>.size))
    guard let text = attributes.first(where: { $0.type == LINUX_NLMSGERR_ATTR_MSG }) else { return "" }
    return String(decoding: text.value.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// An attribute of a received message.
package struct NetlinkAttribute {
  package let type: Int
  package let value: ArraySlice<UInt8>

  /// Returns the consecutive attributes in a buffer. Stops at a truncated one.
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

  /// The attributes nested in this one.
  package var nested: [NetlinkAttribute] { NetlinkAttribute.all(in: value) }

  /// Returns the value as a number; nil if it has too few bytes.
  package func number<Number: FixedWidthInteger & BitwiseCopyable>(as type: Number.Type) -> Number? {
    value.loaded(as: type)
  }
}

/// The attributes of a message to send, in order.
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
  /// Appends a value's bytes in memory. Its type must have no padding.
  mutating func append<Value: BitwiseCopyable>(contentsOfValue value: Value) {
    unsafe Swift.withUnsafeBytes(of: value) { unsafe append(contentsOf: $0) }
  }
}

extension ArraySlice<UInt8> {
  /// Returns the value at the beginning of the bytes; nil if there are too few. Every bit pattern must be valid for the
  /// type.
  func loaded<Value: BitwiseCopyable>(as type: Value.Type) -> Value? {
    guard count >= MemoryLayout<Value>.size else { return nil }
    return unsafe span.bytes.unsafeLoadUnaligned(as: Value.self)
  }
}
