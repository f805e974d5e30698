//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The tests compile this file for this machine with themselves, and for the kernel when they run.

enum LayoutVerdict: UInt16, BitwiseCopyable { case unknown = 7, small = 5, large = 900 }
enum LayoutAction: BitwiseCopyable { case none, redirect(UInt32), mark(UInt8, UInt16) }
enum LayoutSingle: BitwiseCopyable { case only }

struct LayoutNetwork<Number: FixedWidthInteger & BitwiseCopyable>: BitwiseCopyable { var storage: Number }

struct LayoutInner: BitwiseCopyable {
  var id: UInt32
  var kind: UInt8
}

enum LayoutSpace {
  struct Key: BitwiseCopyable {
    let process: Int32
    fileprivate var name: (UInt8, UInt8, UInt8)
  }
}

/// A value that the library accepts in maps on both sides.
struct LayoutCounters: BitwiseCopyable {
  var packets: UInt64
  private(set) var bytes: Int
  var address: LayoutNetwork<UInt32>
  var inner: LayoutInner
  var afterInner: UInt8
  var port: LayoutNetwork<UInt16>
  var comm: (UInt64, UInt64)
  var pair: (x: UInt8, y: UInt32)
  var afterPair: UInt8
  var slots: InlineArray<4, UInt16>
  var inners: InlineArray<2, LayoutInner>
  var matrix: InlineArray<2, InlineArray<3, UInt16>>
  var `default`: Int8
  var isOpen: Bool
  let last: Int16

  static let count = 3
  var computed: Int { 3 }
  var accessors: Int {
    get { Int(afterPair) }
    set { afterPair = UInt8(truncatingIfNeeded: newValue) }
  }
}

/// A value with everything else.
struct LayoutOthers: BitwiseCopyable {
  var verdict: LayoutVerdict
  var action: LayoutAction
  var single: LayoutSingle
  var maybe: UInt32?
  var address: UnsafeRawPointer?
  var key: LayoutSpace.Key
  var afterKey: UInt8
  var actions: InlineArray<2, LayoutAction>
  var wide: UInt128
  fileprivate var hidden: LayoutHidden
}

private struct LayoutHidden: BitwiseCopyable { var value: UInt16 }

struct LayoutObserved: BitwiseCopyable {
  var value: UInt16 { didSet {} }
}
