//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension BTFType {
  /// A value of this type as valid JSON.
  ///
  /// Structures and unions are objects, a union with all its members; the members of one without a name are those of
  /// the outer one. Integers of any width are exact numbers, Booleans `true` and `false`, enumerations their names, or
  /// the number where it has none. Characters that print are a string, pointers a number. What has no
  /// type that says how to read it is an array of its bytes.
  ///
  /// For many values of one type, see ``BTFValueWriter``.
  ///
  /// - Parameter bytes: the value, of as many bytes as the type has; of what is missing nothing is said.
  public func json(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    var output: [UInt8] = []
    BTFValueWriter(self).append(jsonOf: bytes.span, to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  /// A value of this type as a person writes it in C.
  ///
  /// - Parameter bytes: the value, of as many bytes as the type has.
  public func text(_ bytes: some Collection<UInt8>) -> String {
    let bytes = Array(bytes)
    var output: [UInt8] = []
    BTFValueWriter(self).append(textOf: bytes.span, to: &output)
    return String(decoding: output, as: UTF8.self)
  }
}
