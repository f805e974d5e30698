//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFType {
  /// Returns a value of this type as valid JSON.
  ///
  /// Structures are objects, as are unions, with all their members. Members of an anonymous structure belong to the
  /// outer one. Integers of any width are exact numbers, Booleans are `true` and `false`, and enumerations are the
  /// names of their enumerators, or numbers if no enumerator has the value. Printable characters are strings, pointers
  /// are numbers. Values of unknown format are arrays of bytes.
  ///
  /// For many values of one type, see ``BTFValueWriter``.
  ///
  /// - Parameter bytes: the value, of the type's size; missing bytes are omitted.
  public func json(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    var output: [UInt8] = []
    BTFValueWriter(self).append(jsonOf: bytes.span, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// Returns a value of this type in C syntax.
  ///
  /// - Parameter bytes: the value, of the type's size.
  public func text(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    var output: [UInt8] = []
    BTFValueWriter(self).append(textOf: bytes.span, to: &output)
    return String(decoding: output, as: UTF8.self)
  }
}
