//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import Glibc
package import SystemPackage

/// Requests to the kernel about network interfaces, by rtnetlink(7).
package enum RouteNetlink {
  /// What the kernel answered to a request it did not take.
  package struct Refusal: Error {
    package let errno: Errno
    /// The kernel's own words; empty if it has none.
    package let text: String
  }

  /// Where a classifier is.
  package struct Classifier: Sendable {
    package var interface: UInt32
    package var isEgress: Bool
    /// Its place among others: lower ones are first; 0 for the kernel's choice.
    package var priority: UInt16
    /// Its number among those of the priority; 0 for the kernel's choice.
    package var handle: UInt32

    package init(interface: UInt32, isEgress: Bool, priority: UInt16, handle: UInt32) {
      (self.interface, self.isEgress) = (interface, isEgress)
      (self.priority, self.handle) = (priority, handle)
    }

    fileprivate var message: linux_tcmsg {
      var message = linux_tcmsg()
      message.index = Int32(bitPattern: interface)
      message.parent = isEgress ? LINUX_TC_H_EGRESS : LINUX_TC_H_INGRESS
      message.handle = handle
      let allProtocols: UInt16 = 0x0003
      message.info = UInt32(priority) << 16 | UInt32(allProtocols.bigEndian)
      return message
    }
  }
}

// MARK: - XDP

extension RouteNetlink {
  /// Gives an interface an XDP program, if it has none. `RTM_SETLINK` with `IFLA_XDP`, Linux 4.8.
  ///
  /// - Parameter mode: one of `XDP_FLAGS_*_MODE`; 0 for the kernel's choice.
  package static func addXDP(
    interface: UInt32, mode: UInt32, program: FileDescriptor
  ) throws(Refusal) {
    try setXDP(
      interface: interface, program: program, flags: mode | UInt32(LINUX_XDP_FLAGS_UPDATE_IF_NOEXIST))
  }

  /// Takes an XDP program from an interface, if it is the one there; before Linux 5.7, which can be told that, whichever
  /// it is.
  package static func removeXDP(
    interface: UInt32, mode: UInt32, expected: FileDescriptor
  ) throws(Refusal) {
    do throws(Refusal) {
      try setXDP(
        interface: interface, program: nil, flags: mode | UInt32(LINUX_XDP_FLAGS_REPLACE), expected: expected)
    } catch {
      guard error.errno == .invalidArgument else { throw error }
      try setXDP(interface: interface, program: nil, flags: mode)
    }
  }

  private static func setXDP(
    interface: UInt32, program: FileDescriptor?, flags: UInt32, expected: FileDescriptor? = nil
  ) throws(Refusal) {
    var message = linux_ifinfomsg()
    message.index = Int32(bitPattern: interface)
    var nested = NetlinkAttributes()
    nested.append(LINUX_IFLA_XDP_FD, program?.rawValue ?? -1)
    if flags != 0 { nested.append(LINUX_IFLA_XDP_FLAGS, flags) }
    if let expected { nested.append(LINUX_IFLA_XDP_EXPECTED_FD, expected.rawValue) }
    var attributes = NetlinkAttributes()
    attributes.append(LINUX_IFLA_XDP | LINUX_NLA_F_NESTED, bytes: nested.bytes)
    _ = try send(LINUX_RTM_SETLINK, 0, message, attributes)
  }
}

// MARK: - Classifiers

extension RouteNetlink {
  /// Makes the place for classifiers at an interface. `RTM_NEWQDISC` of `clsact`, Linux 4.5.
  ///
  /// - Returns: whether it was not there before.
  package static func makeClassifierPlace(interface: UInt32) throws(Refusal) -> Bool {
    var attributes = NetlinkAttributes()
    attributes.append(LINUX_TCA_KIND, text: "clsact")
    do throws(Refusal) {
      _ = try send(
        LINUX_RTM_NEWQDISC, LINUX_NLM_F_CREATE | LINUX_NLM_F_EXCL, classifierPlace(interface), attributes)
      return true
    } catch {
      guard error.errno == .fileExists else { throw error }
      return false
    }
  }

  /// Removes that place, with all classifiers. `RTM_DELQDISC`.
  package static func removeClassifierPlace(interface: UInt32) throws(Refusal) {
    var attributes = NetlinkAttributes()
    attributes.append(LINUX_TCA_KIND, text: "clsact")
    _ = try send(LINUX_RTM_DELQDISC, 0, classifierPlace(interface), attributes)
  }

  private static func classifierPlace(_ interface: UInt32) -> linux_tcmsg {
    var message = linux_tcmsg()
    message.index = Int32(bitPattern: interface)
    message.parent = LINUX_TC_H_CLSACT
    message.handle = 0xffff_0000
    return message
  }

  /// Adds a program as a classifier whose answer is what becomes of the packet. `RTM_NEWTFILTER` of `bpf`, Linux 4.4.
  ///
  /// - Parameter replacing: whether a program of the same priority and handle goes.
  /// - Returns: where it is, with the priority and handle that the kernel chose.
  package static func addClassifier(
    _ classifier: Classifier, program: FileDescriptor, name: String, replacing: Bool
  ) throws(Refusal) -> Classifier {
    var options = NetlinkAttributes()
    options.append(LINUX_TCA_BPF_FD, program.rawValue)
    options.append(LINUX_TCA_BPF_NAME, text: name)
    options.append(LINUX_TCA_BPF_FLAGS, UInt32(LINUX_TCA_BPF_FLAG_ACT_DIRECT))
    var attributes = NetlinkAttributes()
    attributes.append(LINUX_TCA_KIND, text: "bpf")
    attributes.append(LINUX_TCA_OPTIONS | LINUX_NLA_F_NESTED, bytes: options.bytes)
    let flags = LINUX_NLM_F_CREATE | LINUX_NLM_F_ECHO | (replacing ? LINUX_NLM_F_REPLACE : LINUX_NLM_F_EXCL)
    var made = classifier
    for message in try send(LINUX_RTM_NEWTFILTER, flags, classifier.message, attributes)
    where message.type == LINUX_RTM_NEWTFILTER {
      guard let echo = message.body.loaded(as: linux_tcmsg.self) else { continue }
      (made.handle, made.priority) = (echo.handle, UInt16(echo.info >> 16))
    }
    return made
  }

  /// Removes a classifier. `RTM_DELTFILTER`.
  package static func removeClassifier(_ classifier: Classifier) throws(Refusal) {
    var attributes = NetlinkAttributes()
    attributes.append(LINUX_TCA_KIND, text: "bpf")
    _ = try send(LINUX_RTM_DELTFILTER, 0, classifier.message, attributes)
  }
}

// MARK: - Messages

/// Attributes of a message, one after the other.
private struct NetlinkAttributes {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ type: Int, bytes value: [UInt8]) {
    bytes.append(contentsOfValue: UInt16(truncatingIfNeeded: value.count + 4))
    bytes.append(contentsOfValue: UInt16(truncatingIfNeeded: type))
    bytes += value
    bytes += [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
  }

  mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Int, _ number: Number) {
    var value: [UInt8] = []
    value.append(contentsOfValue: number)
    append(type, bytes: value)
  }

  mutating func append(_ type: Int, text: String) { append(type, bytes: Array(text.utf8) + [0]) }
}

extension [UInt8] {
  /// Appends a value as memory has it; one without padding.
  fileprivate mutating func append<Value: BitwiseCopyable>(contentsOfValue value: Value) {
    unsafe Swift.withUnsafeBytes(of: value) { unsafe append(contentsOf: $0) }
  }
}

extension ArraySlice<UInt8> {
  /// What begins the bytes, if there are enough; of a type every pattern of bytes of which is a value.
  fileprivate func loaded<Value: BitwiseCopyable>(as type: Value.Type) -> Value? {
    guard count >= MemoryLayout<Value>.size else { return nil }
    return unsafe span.bytes.unsafeLoadUnaligned(as: Value.self)
  }
}

extension RouteNetlink {
  private struct Message {
    var type: Int
    var flags: Int
    var body: ArraySlice<UInt8>
  }

  /// Sends a request on a socket of its own and reads the answers, up to the one that says how it went.
  ///
  /// socket(2), setsockopt(2) twice, send(2), recv(2) until then, close(2).
  private static func send<Head: BitwiseCopyable>(
    _ type: Int, _ flags: Int, _ head: Head, _ attributes: NetlinkAttributes
  ) throws(Refusal) -> [Message] {
    let socket = try openSocket()
    var request: [UInt8] = []
    let size = MemoryLayout<linux_nlmsghdr>.size + MemoryLayout<Head>.size + attributes.bytes.count
    request.append(
      contentsOfValue: linux_nlmsghdr(
        length: UInt32(truncatingIfNeeded: size), type: UInt16(type),
        flags: UInt16(flags | LINUX_NLM_F_REQUEST | LINUX_NLM_F_ACK), sequence: 1, port: 0))
    request.append(contentsOfValue: head)
    request += attributes.bytes
    let sent = unsafe request.withUnsafeBytes { request in
      unsafe Glibc.send(socket.rawValue, request.baseAddress, request.count, 0)
    }
    guard sent == request.count else { throw Refusal(errno: Errno(rawValue: errno), text: "") }
    var answers: [Message] = []
    while true {
      for message in messages(in: try receive(socket.borrowed)) {
        guard message.type == LINUX_NLMSG_ERROR else {
          answers.append(message)
          continue
        }
        let errno = message.body.loaded(as: Int32.self) ?? -EBADMSG
        guard errno == 0 else {
          throw Refusal(errno: Errno(rawValue: -errno), text: words(of: message))
        }
        return answers
      }
    }
  }

  private static func openSocket() throws(Refusal) -> OwnedDescriptor {
    let descriptor = socket(
      Int32(LINUX_AF_NETLINK), Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Refusal(errno: Errno(rawValue: errno), text: "") }
    var on: Int32 = 1
    // Kernels that do not know the options answer in fewer words.
    for option in [LINUX_NETLINK_EXT_ACK, LINUX_NETLINK_CAP_ACK] {
      _ = unsafe setsockopt(
        descriptor, Int32(LINUX_SOL_NETLINK), Int32(option), &on, socklen_t(MemoryLayout<Int32>.size))
    }
    return OwnedDescriptor(rawValue: descriptor)
  }

  private static func receive(_ socket: FileDescriptor) throws(Refusal) -> [UInt8] {
    var (count, failure) = (0, Errno(rawValue: 0))
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 32768) { bytes, initialized in
      repeat {
        count = unsafe recv(socket.rawValue, bytes.baseAddress, bytes.count, 0)
      } while count < 0 && errno == EINTR
      failure = Errno(rawValue: errno)
      initialized = max(count, 0)
    }
    guard count > 0 else { throw Refusal(errno: count == 0 ? .badMessage : failure, text: "") }
    return bytes
  }

  /// The messages of what was received; what is cut off is left out.
  private static func messages(in bytes: [UInt8]) -> [Message] {
    var messages: [Message] = []
    var rest = bytes[...]
    let headSize = MemoryLayout<linux_nlmsghdr>.size
    while let head = rest.loaded(as: linux_nlmsghdr.self) {
      let length = Int(head.length)
      guard length >= headSize, length <= rest.count else { break }
      messages.append(
        Message(
          type: Int(head.type), flags: Int(head.flags),
          body: rest.dropFirst(headSize).prefix(length - headSize)))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return messages
  }

  /// The kernel's words in an answer: behind the errno and the head of the request.
  private static func words(of message: Message) -> String {
    guard message.flags & LINUX_NLM_F_ACK_TLVS != 0 else { return "" }
    var rest = message.body.dropFirst(4 + MemoryLayout<linux_nlmsghdr>.size)
    while let length = rest.loaded(as: UInt16.self), length >= 4, Int(length) <= rest.count,
      let type = rest.dropFirst(2).loaded(as: UInt16.self)
    {
      if type == LINUX_NLMSGERR_ATTR_MSG {
        return String(decoding: rest.dropFirst(4).prefix(Int(length) - 4).prefix { $0 != 0 }, as: UTF8.self)
      }
      rest = rest.dropFirst((Int(length) + 3) & ~3)
    }
    return ""
  }
}
