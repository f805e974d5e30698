//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// The fields that a tracepoint passes to programs, as its file `format` in tracefs lists them.
struct TracepointFormat {
  /// The file's path in tracefs.
  let path: String
  /// The offset of the end of the last field, in bytes.
  let end: Int

  /// Reads a tracepoint's format; nil if it cannot be read or has no fields.
  init?(of name: String, in category: String) {
    path = "events/\(category)/\(name)/format"
    guard let text = try? TraceFileSystem.read(path), let end = Self.end(of: text) else { return nil }
    self.end = end
  }

  /// Returns the end of the last field. A line of a field is `field:int prev_prio; offset:28; size:4; signed:1;`.
  static func end(of text: String) -> Int? {
    text.split(separator: "\n").compactMap { line -> Int? in
      let properties = line.split(separator: ";")
      func number(_ name: String) -> Int? {
        for property in properties {
          let property = property.drop(while: \.isWhitespace)
          if property.hasPrefix(name) { return Int(property.dropFirst(name.count)) }
        }
        return nil
      }
      guard let offset = number("offset:"), let size = number("size:"), offset >= 0, size >= 0 else {
        return nil
      }
      return offset.addingReportingOverflow(size).overflow ? nil : offset + size
    }.max()
  }
}
