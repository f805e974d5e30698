//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension BPFError.Operation {
  /// Detaching a program.
  @inlinable public static var detach: BPFError.Operation {
    BPFError.Operation("detach", phrase: "detachment")
  }
  /// Listing the programs that are attached to a hook.
  @inlinable public static var listAttached: BPFError.Operation {
    BPFError.Operation("listAttached", phrase: "listing of attached programs")
  }
  /// Reading an iterator's output.
  @inlinable public static var iterate: BPFError.Operation {
    BPFError.Operation("iterate", phrase: "iteration")
  }
  /// Finding a function or address in an executable file.
  @inlinable public static var findSymbol: BPFError.Operation {
    BPFError.Operation("findSymbol", phrase: "search for a symbol")
  }
}
