//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension BPFError.Operation {
  /// Reading type information (BTF).
  @inlinable public static var readBTF: BPFError.Operation {
    BPFError.Operation("readBTF", phrase: "reading of BTF")
  }
  /// Building type information (BTF).
  @inlinable public static var writeBTF: BPFError.Operation {
    BPFError.Operation("writeBTF", phrase: "writing of BTF")
  }
  /// Parsing a value written as text or JSON.
  @inlinable public static var readValue: BPFError.Operation {
    BPFError.Operation("readValue", phrase: "reading of a value")
  }
}
