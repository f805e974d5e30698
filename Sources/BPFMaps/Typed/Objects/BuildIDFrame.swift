//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A frame of a user-space stack, identified by its file: `struct bpf_stack_build_id`, Linux 4.17.
public struct BuildIDFrame: Hashable, Sendable {
  /// Whether the frame has a build id and an offset, or only an address.
  public var status: Status

  /// The build id of the executable or library, 20 bytes, padded with zeros if shorter. All bytes are zero unless
  /// ``status-swift.property`` is ``Status/valid``.
  public var buildID: [UInt8]

  /// The offset in the file, in bytes; nil unless ``status-swift.property`` is ``Status/valid``.
  public var offset: UInt64? { status == .valid ? position : nil }

  /// The address in the process; nil unless ``status-swift.property`` is ``Status/address``.
  public var address: UInt64? { status == .address ? position : nil }

  /// The offset or address, depending on the status.
  private var position: UInt64

  /// The kind of information that the kernel found for a frame.
  public struct Status: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The kernel's number, from `enum bpf_stack_build_id_status`.
    public var rawValue: Int32

    /// Creates a status from the kernel's number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The frame has a build id and an offset in the file (`BPF_STACK_BUILD_ID_VALID`).
    public static let valid = Status(rawValue: 1)
    /// The frame has only an address: the file has no build id, or it could not be read (`BPF_STACK_BUILD_ID_IP`).
    public static let address = Status(rawValue: 2)

    /// The name, or the number if it has none.
    public var description: String {
      switch self {
      case .valid: "valid"
      case .address: "address"
      default: "status \(rawValue)"
      }
    }
  }
}

// MARK: - From the kernel

extension BuildIDFrame {
  /// The size of a frame in bytes: status, build id, and offset or address.
  static let byteCount = 32
  private static let buildIDSize = 20

  /// Returns the frames in the value of a stack trace map, up to the first empty one (`BPF_STACK_BUILD_ID_EMPTY`).
  static func frames(in value: RawSpan) -> [BuildIDFrame] {
    var frames: [BuildIDFrame] = []
    for start in stride(from: 0, to: value.byteCount - byteCount + 1, by: byteCount) {
      let frame = BuildIDFrame(value.extracting(start..<start + byteCount))
      if frame.status.rawValue == 0 { break }
      frames.append(frame)
    }
    return frames
  }

  private init(_ bytes: RawSpan) {
    let (idStart, idEnd) = (MemoryLayout<Int32>.size, MemoryLayout<Int32>.size + BuildIDFrame.buildIDSize)
    status = Status(rawValue: unsafe bytes.unsafeLoadUnaligned(as: Int32.self))
    buildID = unsafe bytes.extracting(idStart..<idEnd).withUnsafeBytes { unsafe Array($0) }
    position = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: idEnd, as: UInt64.self)
  }
}

extension BuildIDFrame: CustomStringConvertible {
  /// The build id in hexadecimal and the offset, such as `6f3c…+0x1a2b`, or the address.
  public var description: String {
    guard status == .valid else { return "0x" + String(position, radix: 16) }
    let digits = buildID.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return "\(digits)+0x" + String(position, radix: 16)
  }
}
