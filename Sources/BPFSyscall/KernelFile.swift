//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import SystemPackage

/// A small text file of /proc or /sys.
package enum KernelFile {
  /// Reads it whole. open(2), read(2) until its end, close(2).
  package static func read(_ path: FilePath) throws(Errno) -> String {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      return try file.closeAfter {
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
          let count = try unsafe chunk.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
          if count == 0 { return String(decoding: text, as: UTF8.self) }
          text += chunk[..<count]
        }
      }
    } catch {
      throw error as? Errno ?? .ioError
    }
  }
}
