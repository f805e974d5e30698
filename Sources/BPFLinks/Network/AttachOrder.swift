//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// A program's position among the programs of one hook, which run in order.
@nonexhaustive
public enum AttachOrder: Sendable {
  /// After all others, unless they have requested an order.
  case any
  /// Before all others.
  case first
  /// After all others.
  case last
  /// Before another program.
  case before(Program)
  /// Before the program of a link.
  case beforeLink(Link)
  /// After another program.
  case after(Program)
  /// After the program of a link.
  case afterLink(Link)
}

extension AttachOrder {
  /// Whether the program requests no particular order.
  var isAny: Bool { if case .any = self { true } else { false } }

  /// Passes the kernel's flags to a closure, with the descriptor of the other program or link, or 0.
  func withFlags<R: ~Copyable>(
    _ body: (UInt32, UInt32) throws(BPFError) -> R
  ) throws(BPFError) -> R {
    switch self {
    case .any: try body(0, 0)
    case .first: try body(AttachFlag.before, 0)
    case .last: try body(AttachFlag.after, 0)
    case .before(let program):
      try program.withFileDescriptor { (other) throws(BPFError) in try body(AttachFlag.before, other.bits) }
    case .after(let program):
      try program.withFileDescriptor { (other) throws(BPFError) in try body(AttachFlag.after, other.bits) }
    case .beforeLink(let link):
      try link.withFileDescriptor(.attach) { (other) throws(BPFError) in
        try body(AttachFlag.before | AttachFlag.link, other.bits)
      }
    case .afterLink(let link):
      try link.withFileDescriptor(.attach) { (other) throws(BPFError) in
        try body(AttachFlag.after | AttachFlag.link, other.bits)
      }
    }
  }
}

extension FileDescriptor {
  /// The descriptor as an unsigned number, as system calls take it.
  var bits: UInt32 { UInt32(bitPattern: rawValue) }
}
