//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// The kernel's rule for the names of its objects.
enum MapName {
  /// The kernel stores 16 bytes, including the terminating NUL.
  static let maximumLength = 15

  /// Throws unless the kernel accepts the name unchanged.
  static func check(_ name: String) throws(BPFError) {
    let bytes = name.utf8
    guard bytes.count <= maximumLength else {
      throw BPFError(
        .create, .invalidName, mapName: "",
        "the name \(String(reflecting: name)) has \(bytes.count) bytes, but the kernel keeps at most \(maximumLength)"
      )
    }
    guard name.unicodeScalars.allSatisfy(isAllowed) else {
      throw BPFError(
        .create, .invalidName, mapName: "",
        "the name \(String(reflecting: name)) may hold only the letters a to z and A to Z, digits, '_' and '.'"
      )
    }
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", ".": true
    default: false
    }
  }
}
