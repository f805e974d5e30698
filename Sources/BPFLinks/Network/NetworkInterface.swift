//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
internal import SystemPackage

/// A network interface, by the number it has in the calling thread's network namespace.
public struct NetworkInterface: Hashable, Sendable, CustomStringConvertible {
  /// The kernel's number, from 1.
  public let index: Int

  /// The name by which it was found; nil if it was given by number.
  public let name: String?

  /// An interface by its number.
  public init(index: Int) { (self.index, name) = (index, nil) }

  /// The interface with a name, such as `eth0`.
  ///
  /// System calls: those of if_nametoindex(3).
  ///
  /// - Throws: `BPFError` with `BPFError.Code.notFound` if there is none in this thread's network namespace.
  public init(named name: String) throws(BPFError) {
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw BPFError(.open, .invalidName, "'\(name)' is no name of a network interface")
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
        "the kernel was not asked for the network interface '\(name)': no socket could be used")
    }
    self.name = name
  }

  /// Name and number, such as `'eth0' (index 2)`.
  public var description: String { name.map { "'\($0)' (index \(index))" } ?? "with index \(index)" }

  /// The number as the kernel takes it.
  func number(for program: BPFError.Subject) throws(BPFError) -> UInt32 {
    guard let number = UInt32(exactly: index), number > 0, number <= Int32.max else {
      throw BPFError(.attach, .invalidArgument, program, "\(index) is no number of a network interface")
    }
    return number
  }
}

/// Which way packets go at a network interface.
public enum TrafficDirection: Hashable, Sendable, CustomStringConvertible {
  /// Packets that are received.
  case ingress
  /// Packets that are sent.
  case egress

  /// The field's word.
  public var description: String { self == .ingress ? "ingress" : "egress" }
}
