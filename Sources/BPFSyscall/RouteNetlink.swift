//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CLinuxBPF
internal import Glibc
package import SystemPackage

/// Requests to the kernel about the network interfaces of one network namespace, by rtnetlink(7).
///
/// The socket is of the namespace in which it was opened, whichever one the calling thread is in later, and keeps that
/// namespace alive. One thread at a time may use it.
package struct RouteNetlink: ~Copyable, Sendable {
  private let socket: OwnedDescriptor

  /// The kernel's refusal of a request.
  package struct Refusal: Error {
    package let errno: Errno
    /// The kernel's own explanation; empty if it has none.
    package let text: String

    init(_ errno: Errno, _ text: String = "") { (self.errno, self.text) = (errno, text) }
  }

  /// What became of a program that was to be removed.
  package enum Removal: Hashable, Sendable {
    case removed
    /// It was not there any more.
    case gone
    /// Another program stands in its place and was left there, by its id where it has one.
    case replaced(by: UInt32?)
  }

  /// Opens a socket in the calling thread's network namespace. socket(2), setsockopt(2) twice.
  package init() throws(Refusal) {
    let descriptor = Glibc.socket(
      Int32(LINUX_AF_NETLINK), Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Refusal(Errno(rawValue: errno)) }
    socket = OwnedDescriptor(rawValue: descriptor)
    var on: Int32 = 1
    // Kernels that do not know the options explain less.
    for option in [LINUX_NETLINK_EXT_ACK, LINUX_NETLINK_CAP_ACK] {
      _ = unsafe setsockopt(
        descriptor, Int32(LINUX_SOL_NETLINK), Int32(option), &on, socklen_t(MemoryLayout<Int32>.size))
    }
  }
}

// MARK: - Requests

extension RouteNetlink {
  /// Sends a request and returns the answers, up to the one that says how it went.
  ///
  /// send(2), recv(2) until then.
  ///
  /// - Parameters:
  ///   - type: `RTM_*`.
  ///   - flags: `NLM_F_*`.
  ///   - header: the structure that messages of the type begin with.
  borrowing func send<Header: BitwiseCopyable>(
    _ type: Int, _ flags: Int, _ header: Header, _ attributes: NetlinkAttributes = NetlinkAttributes()
  ) throws(Refusal) -> [NetlinkMessage] {
    // Answers to a request before this one may still come, if it was given up.
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
        let sent = unsafe request.withUnsafeBytes { unsafe Glibc.send(number, $0.baseAddress, $0.count, 0) }
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
