//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// A reader of the gzip format (RFC 1952), used by /proc/config.gz.
///
/// The bytes are untrusted: corrupt data throws an error, and the checksum verifies the result.
struct Gzip {
  private let bytes: [UInt8]
  private var place = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether the bytes begin with the gzip magic number.
  static func isMember(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1f, 0x8b]) }

  /// Decompresses all members of a file.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - limit: the maximum output size, since a small file may expand to a large one.
  /// - Throws: `BPFError` with `BPFError.Code.malformed` and the reason.
  static func expand(_ bytes: [UInt8], limit: Int = 16 << 20) throws(BPFError) -> [UInt8] {
    var reader = Gzip(bytes)
    var output: [UInt8] = []
    repeat { try reader.readMember(into: &output, limit: limit) } while reader.place < bytes.count
    return output
  }

  static func malformed(_ reason: String) -> BPFError {
    BPFError(.readConfiguration, .malformed, "the compressed data is corrupt: \(reason)")
  }
}

// MARK: - Members

extension Gzip {
  private mutating func readMember(into output: inout [UInt8], limit: Int) throws(BPFError) {
    try skipHeader()
    let start = output.count
    place = try Inflate.expand(bytes, from: place, into: &output, limit: limit)
    let (checksum, length) = (try readNumber(), try readNumber())
    guard length == UInt32(truncatingIfNeeded: output.count - start) else {
      throw Gzip.malformed("it holds \(output.count - start) bytes, but its trailer says \(length)")
    }
    guard checksum == CRC32(of: output[start...]).checksum else {
      throw Gzip.malformed("its checksum is wrong")
    }
  }

  /// The optional header fields, by the bits of the fourth byte.
  private enum Field {
    static let headerChecksum: UInt8 = 1 << 1
    static let extra: UInt8 = 1 << 2
    static let name: UInt8 = 1 << 3
    static let comment: UInt8 = 1 << 4
    static let unknown: UInt8 = 0b1110_0000
  }

  private mutating func skipHeader() throws(BPFError) {
    let header = try read(10)
    guard header.starts(with: [0x1f, 0x8b, 8]) else {
      throw Gzip.malformed("it does not begin with the gzip magic number")
    }
    let fields = header[header.startIndex + 3]
    guard fields & Field.unknown == 0 else { throw Gzip.malformed("its header has unknown fields") }
    if fields & Field.extra != 0 {
      let length = try read(2)
      _ = try read(Int(length[length.startIndex]) | Int(length[length.startIndex + 1]) << 8)
    }
    if fields & Field.name != 0 { try skipText() }
    if fields & Field.comment != 0 { try skipText() }
    // The header CRC is not checked.
    if fields & Field.headerChecksum != 0 { _ = try read(2) }
  }

  private mutating func skipText() throws(BPFError) {
    guard let end = bytes[place...].firstIndex(of: 0) else { throw Gzip.malformed("its header is truncated") }
    place = end + 1
  }

  private mutating func readNumber() throws(BPFError) -> UInt32 {
    try read(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private mutating func read(_ count: Int) throws(BPFError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - place else { throw Gzip.malformed("it is truncated") }
    defer { place += count }
    return bytes[place..<place + count]
  }
}

// MARK: - Checksum
