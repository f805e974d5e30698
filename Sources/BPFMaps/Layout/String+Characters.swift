//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension String {
  /// Creates a string from a C array of characters: the bytes up to the first NUL, or all of them if there is none.
  ///
  /// ```swift
  /// struct Event: BitwiseCopyable {
  ///   var comm: InlineArray<16, UInt8>  // char comm[16]
  /// }
  ///
  /// func show(_ event: Event) { print(String(event.comm)) }
  /// ```
  ///
  /// Invalid UTF-8 becomes the replacement character.
  public init<let count: Int>(_ characters: InlineArray<count, UInt8>) {
    var bytes: [UInt8] = []
    for index in 0..<count {
      let byte = characters[index]
      if byte == 0 { break }
      bytes.append(byte)
    }
    self = String(decoding: bytes, as: UTF8.self)
  }
}
