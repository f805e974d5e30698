//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A frame of a stack of a process, told by the file it is in. `struct bpf_stack_build_id`, Linux 4.17.
public struct BuildIDFrame: Hashable, Sendable {
  /// What the kernel could find out of the frame.
  public var status: Status

  /// The build id of the executable or library, 20 bytes; shorter ones have zeros behind them. All zero unless
  /// ``status-swift.property`` is ``Status/valid``.
  public var buildID: [UInt8]

  /// Where in the file, in bytes from its start; nil unless ``status-swift.property`` is ``Status/valid``.
  public var offset: UInt64? { status == .valid ? position : nil }

  /// The address in the process; nil unless ``status-swift.property`` is ``Status/address``.
  public var address: UInt64? { status == .address ? position : nil }

  /// An offset or an address, as the status says.
  private var position: UInt64

  /// What the kernel could find out of a frame.
  public struct Status: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The kernel's number, of `enum bpf_stack_build_id_status`.
    public var rawValue: Int32

    /// A status with the kernel's number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The build id and the offset in the file (`BPF_STACK_BUILD_ID_VALID`).
    public static let valid = Status(rawValue: 1)
    /// Only the address: the file has no build id, or it could not be read (`BPF_STACK_BUILD_ID_IP`).
    public static let address = Status(rawValue: 2)

    /// The name; for a number that has none, the number.
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
  /// Bytes of a frame: status, build id, offset or address.
  static let byteCount = 32
  private static let buildIDSize = 20

  /// The frames in the value of a stack trace map, up to the first that is empty (`BPF_STACK_BUILD_ID_EMPTY`).
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
