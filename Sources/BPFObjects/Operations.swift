//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension BPFError.Operation {
  /// Reading the kernel's build options.
  @inlinable public static var readConfiguration: BPFError.Operation {
    BPFError.Operation("readConfiguration", phrase: "reading of the kernel's configuration")
  }
  /// Reading the kernel's symbol table.
  @inlinable public static var readSymbols: BPFError.Operation {
    BPFError.Operation("readSymbols", phrase: "reading of the kernel's symbols")
  }
  /// Relocating a program for the running kernel.
  @inlinable public static var relocate: BPFError.Operation {
    BPFError.Operation("relocate", phrase: "relocation")
  }
  /// Linking compiled objects to one.
  @inlinable public static var linkObjects: BPFError.Operation {
    BPFError.Operation("linkObjects", phrase: "linking of objects")
  }
  /// Binding a map to a program.
  @inlinable public static var bindMap: BPFError.Operation {
    BPFError.Operation("bindMap", phrase: "binding of a map")
  }
  /// Making a test run of a program.
  @inlinable public static var run: BPFError.Operation { BPFError.Operation("run", phrase: "test run") }
  /// Enabling the kernel's statistics of program run counts and run times.
  @inlinable public static var enableStatistics: BPFError.Operation {
    BPFError.Operation("enableStatistics", phrase: "counting of run times")
  }
  /// Reading a program's output stream.
  @inlinable public static var readStream: BPFError.Operation {
    BPFError.Operation("readStream", phrase: "reading of a stream")
  }
}
