//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The context of a program: its only parameter. The types that conform are those of this module, and those
/// that `bpfmap btf swift` declares.
public protocol ProgramContext {
  /// The context as helpers take it.
  @unsafe var _pointer: UnsafeMutableRawPointer { get }
}
