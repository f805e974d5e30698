//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// The place of a program among those that are attached to the same thing, which run in order.
public enum AttachOrder: Sendable {
  /// Behind all others, as long as these have no order of their own.
  case any
  /// Before all others.
  case first
  /// Behind all others.
  case last
  /// Before another program.
  case before(Program)
  /// Before the program of a link.
  case beforeLink(Link)
  /// Behind another program.
  case after(Program)
  /// Behind the program of a link.
  case afterLink(Link)
}

extension AttachOrder {
  /// Whether the kernel need not know it.
  var isAny: Bool { if case .any = self { true } else { false } }

  /// Lends what tells the kernel: the flags, and the descriptor they are about or 0.
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
  /// The number as the kernel takes it in arguments.
  var bits: UInt32 { UInt32(bitPattern: rawValue) }
}
