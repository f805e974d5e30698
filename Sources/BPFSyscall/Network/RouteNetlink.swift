//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLibrary
internal import CLinuxBPF
package import SystemPackage

/// A connection to rtnetlink(7), for the network interfaces of one network namespace.
///
/// The socket belongs to the network namespace in which it was opened, even if the thread changes its own, and keeps it
/// alive. Only one thread at a time may use it.
package struct RouteNetlink: ~Copyable, Sendable {
  private let socket: OwnedDescriptor

  /// An error response to a request.
  package struct Refusal: Error {
    package let errno: Errno
    /// The kernel's explanation; empty if there is none.
    package let text: String

    init(_ errno: Errno, _ text: String = "") { (self.errno, self.text) = (errno, text) }
  }

  /// The result of removing a program.
  package enum Removal: Hashable, Sendable {
    case removed
    /// The program was not attached.
    case gone
    /// Another program, with this id if it has one, is attached instead and was not removed.
    case replaced(by: UInt32?)
  }

  /// Opens a socket in the calling thread's network namespace. socket(2), setsockopt(2) twice.
  package init() throws(Refusal) {
    // SOCK_CLOEXEC is O_CLOEXEC.
    let descriptor = CLibrary.socket(
      Int32(LINUX_AF_NETLINK), Int32(LINUX_SOCK_RAW) | O_CLOEXEC, 0)
    guard descriptor >= 0 else { throw Refusal(Errno(rawValue: errno)) }
    socket = OwnedDescriptor(rawValue: descriptor)
    var on: Int32 = 1
    // Kernels without these options explain less.
    for option in [LINUX_NETLINK_EXT_ACK, LINUX_NETLINK_CAP_ACK] {
      _ = unsafe setsockopt(
        descriptor, Int32(LINUX_SOL_NETLINK), Int32(option), &on, socklen_t(MemoryLayout<Int32>.size))
    }
  }
}

// MARK: - Requests

extension RouteNetlink {
  /// Sends a request and returns the messages before its acknowledgment.
  ///
  /// send(2), then recv(2) until the acknowledgment.
  ///
  /// - Parameters:
  ///   - type: `RTM_*`.
  ///   - flags: `NLM_F_*`.
  ///   - header: the structure that begins messages of this type.
  borrowing func send<Header: BitwiseCopyable>(
    _ type: Int, _ flags: Int, _ header: Header, _ attributes: NetlinkAttributes = NetlinkAttributes()
  ) throws(Refusal) -> [NetlinkMessage] {
    // Responses to an earlier request that was abandoned may still arrive.
    let sequence = UInt32.random(in: 1 ... .max)
    var request: [UInt8] = []
    let size = MemoryLayout<linux_nlmsghdr>.size + MemoryLayout<Header>.size + attributes.bytes.count
    request.append(
      contentsOfValue: linux_nlmsghdr(
        length: UInt32(truncatingIfNeeded: size), type: UInt16(type),
        flags: UInt16(flags | LINUX_NLM_F_REQUEST | LINUX_NLM_F_ACK), sequence: sequence, port: 0))
    request.append(contentsOfValue: header)
    request += attributes.bytes
    do throws(Errno) {
      let number = socket.rawValue
      let sent = try uninterrupted {
        let sent = unsafe request.withUnsafeBytes {
          unsafe CLibrary.send(number, $0.baseAddress, $0.count, 0)
        }
        return sent < 0 ? -Int(errno) : sent
      }
      guard sent == request.count else { throw .ioError }
    } catch {
      throw Refusal(error)
    }
    var answers: [NetlinkMessage] = []
    while true {
      for message in NetlinkMessage.all(in: try receive()) where message.sequence == sequence {
        guard let errno = message.errno else {
          answers.append(message)
          continue
        }
        guard errno == 0 else { throw Refusal(Errno(rawValue: errno), message.explanation) }
        return answers
      }
    }
  }

  private borrowing func receive() throws(Refusal) -> [UInt8] {
    let socket = socket.rawValue
    var failure: Errno?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 32768) { bytes, initialized in
      do throws(Errno) {
        initialized = try uninterrupted {
          let count = unsafe recv(socket, bytes.baseAddress, bytes.count, 0)
          return count < 0 ? -Int(errno) : count
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw Refusal(failure) }
    guard !bytes.isEmpty else { throw Refusal(.badMessage) }
    return bytes
  }
}
