//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Writes down values of one type, any number of them.
///
/// It looks at the type once, when it is made. To write a value then takes no allocation but what the output needs to
/// grow.
///
/// ```swift
/// /// Returns values of a type as text, one a line.
/// func lines(of values: [[UInt8]], _ type: BTFType) -> String {
///   let writer = BTFValueWriter(type)
///   var text: [UInt8] = []
///   for value in values {
///     writer.append(textOf: value.span, to: &text)
///     text.append(UInt8(ascii: "\n"))
///   }
///   return String(decoding: text, as: UTF8.self)
/// }
/// ```
public struct BTFValueWriter: Sendable {
  private let walk: ValueWalk

  /// A writer for values of a type.
  ///
  /// No system call.
  ///
  /// - Parameters:
  ///   - type: the type.
  ///   - endingTextAtNUL: whether text in an array of characters ends at its first NUL, as in C and for bpftool, whatever
  ///     a longer text left behind it. If not, such an array is written as numbers, so that nothing of it is lost.
  public init(_ type: BTFType, endingTextAtNUL: Bool = false) {
    walk = ValueWalk(ValueForms(of: type), endingTextAtNUL: endingTextAtNUL)
  }

  /// Appends a value as ``BTFType/json(_:)`` writes it.
  ///
  /// - Parameters:
  ///   - bytes: the value, of as many bytes as the type has; of what is missing nothing is said.
  ///   - output: the bytes of the text so far.
  public func append(jsonOf bytes: Span<UInt8>, to output: inout [UInt8]) {
    var sink = JSONSink()
    // The sink borrows the buffer, so that it is never copied.
    swap(&sink.output, &output)
    walk.write(bytes, to: &sink)
    swap(&sink.output, &output)
  }

  /// Appends a value as ``BTFType/text(_:)`` writes it.
  ///
  /// - Parameters:
  ///   - bytes: the value, of as many bytes as the type has.
  ///   - output: the bytes of the text so far.
  public func append(textOf bytes: Span<UInt8>, to output: inout [UInt8]) {
    var sink = CTextSink()
    swap(&sink.output, &output)
    walk.write(bytes, to: &sink)
    swap(&sink.output, &output)
  }
}

// MARK: - Raw bytes

extension BTFValueWriter {
  /// Appends a value as ``BTFType/json(_:)`` writes it.
  public func append(jsonOf bytes: RawSpan, to output: inout [UInt8]) {
    append(jsonOf: Span<UInt8>(_bytes: bytes), to: &output)
  }

  /// Appends a value as ``BTFType/text(_:)`` writes it.
  public func append(textOf bytes: RawSpan, to output: inout [UInt8]) {
    append(textOf: Span<UInt8>(_bytes: bytes), to: &output)
  }
}
