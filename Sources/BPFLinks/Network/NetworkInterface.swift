//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// A network interface, by its index in the calling thread's network namespace.
public struct NetworkInterface: Hashable, Sendable, CustomStringConvertible {
  /// The kernel's index, from 1.
  public let index: Int

  /// The name that it was found by; nil if it was given by index.
  public let name: String?

  /// Creates a network interface with an index.
  public init(index: Int) { (self.index, name) = (index, nil) }

  /// Looks up the network interface with a name, such as `eth0`.
  ///
  /// System calls: those of if_nametoindex(3).
  ///
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if this thread's network namespace has no such interface.
  public init(named name: String) throws(BPFError) {
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw BPFError(.open, .invalidName, "'\(name)' is not a valid name of a network interface")
    }
    do throws(Errno) {
      index = Int(try InterfaceNames.index(of: name))
    } catch {
      guard error.isTransient || error == .notPermitted else {
        throw BPFError(
          .open, .notFound, errno: error, "there is no network interface '\(name)' in this network namespace")
      }
      throw BPFError(
        .open, error.unansweredCode, errno: error,
        "the network interface '\(name)' could not be looked up: no socket could be opened")
    }
    self.name = name
  }

  /// The name and index, such as `'eth0' (index 2)`.
  public var description: String { name.map { "'\($0)' (index \(index))" } ?? "with index \(index)" }

  /// Returns the index as the kernel takes it; throws if it is out of range.
  func number(
    _ operation: BPFError.Operation = .attach, for program: BPFError.Subject = .unknown
  ) throws(BPFError) -> UInt32 {
    guard let number = UInt32(exactly: index), number > 0, number <= Int32.max else {
      throw BPFError(
        operation, .invalidArgument, program, "\(index) is not a valid index of a network interface")
    }
    return number
  }
}

/// The direction of packets at a network interface.
public enum TrafficDirection: Hashable, Sendable, CustomStringConvertible {
  /// Incoming packets.
  case ingress
  /// Outgoing packets.
  case egress

  /// The direction's name.
  public var description: String { self == .ingress ? "ingress" : "egress" }
}
