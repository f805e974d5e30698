//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Writes any number of values of one type.
///
/// Creating a writer analyzes the type once. Writing a value then allocates nothing except to grow the output.
///
/// ```swift
/// /// Returns values of a type as text, one per line.
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

  /// Creates a writer for values of a type.
  ///
  /// Makes no system call.
  ///
  /// - Parameters:
  ///   - type: the type.
  ///   - endingTextAtNUL: whether text in a character array ends at its first NUL, as in C and bpftool. If false, an
  ///     array with bytes after the NUL is written as numbers, so that no byte is lost.
  public init(_ type: BTFType, endingTextAtNUL: Bool = false) {
    walk = ValueWalk(ValueForms(of: type), endingTextAtNUL: endingTextAtNUL)
  }

  /// Appends a value as ``BTFType/json(_:)`` writes it.
  ///
  /// - Parameters:
  ///   - bytes: the value, of the type's size; missing bytes are omitted.
  ///   - output: the buffer to append to.
  public func append(jsonOf bytes: Span<UInt8>, to output: inout [UInt8]) {
    var json = JSONWriter(taking: &output)
    write(bytes, to: &json)
    output = json.bytes
  }

  /// Writes a value as ``BTFType/json(_:)`` does.
  package func write(_ bytes: Span<UInt8>, to json: inout JSONWriter) {
    // The sink takes over the writer's buffer, which is never copied.
    var sink = JSONSink(json: JSONWriter())
    swap(&sink.json, &json)
    walk.write(bytes, to: &sink)
    swap(&sink.json, &json)
  }

  /// Appends a value as ``BTFType/text(_:)`` writes it.
  ///
  /// - Parameters:
  ///   - bytes: the value, of the type's size.
  ///   - output: the buffer to append to.
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
