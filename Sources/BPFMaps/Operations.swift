//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension BPFError.Operation {
  /// Creating a map.
  @inlinable public static var create: BPFError.Operation { BPFError.Operation("create", phrase: "creation") }
  /// Looking up one element, or checking for its presence.
  @inlinable public static var lookup: BPFError.Operation { BPFError.Operation("lookup", phrase: "look-up") }
  /// Deleting one element.
  @inlinable public static var delete: BPFError.Operation { BPFError.Operation("delete", phrase: "deletion") }
  /// Looking up and deleting one element.
  @inlinable public static var lookupAndDelete: BPFError.Operation {
    BPFError.Operation("lookupAndDelete", phrase: "look-up and deletion")
  }
  /// Stepping to the next key.
  @inlinable public static var nextKey: BPFError.Operation {
    BPFError.Operation("nextKey", phrase: "next key")
  }
  /// Looking up a batch.
  @inlinable public static var lookupBatch: BPFError.Operation {
    BPFError.Operation("lookupBatch", phrase: "batch look-up")
  }
  /// Writing a batch.
  @inlinable public static var updateBatch: BPFError.Operation {
    BPFError.Operation("updateBatch", phrase: "batch update")
  }
  /// Deleting a batch.
  @inlinable public static var deleteBatch: BPFError.Operation {
    BPFError.Operation("deleteBatch", phrase: "batch deletion")
  }
  /// Looking up and deleting a batch.
  @inlinable public static var lookupAndDeleteBatch: BPFError.Operation {
    BPFError.Operation("lookupAndDeleteBatch", phrase: "batch look-up and deletion")
  }
  /// Reading all elements of a map in one pass.
  @inlinable public static var sweep: BPFError.Operation { BPFError.Operation(rawValue: "sweep") }
  /// Counting the elements of a map.
  @inlinable public static var count: BPFError.Operation { BPFError.Operation(rawValue: "count") }
  /// Deleting all elements of a map.
  @inlinable public static var deleteAll: BPFError.Operation {
    BPFError.Operation("deleteAll", phrase: "deletion of all")
  }
  /// Looking up and deleting all elements of a map.
  @inlinable public static var drain: BPFError.Operation { BPFError.Operation(rawValue: "drain") }
  /// Freezing a map.
  @inlinable public static var freeze: BPFError.Operation { BPFError.Operation("freeze", phrase: "freezing") }
}
