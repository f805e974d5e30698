//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension BTFType {
  /// The bytes of a value of this type that is written as JSON: what ``json(_:)`` makes of bytes, turned around.
  ///
  /// - Structures are objects. Members that are missing are zero, as are elements missing at the end of an array; names
  ///   that are not there, and names given twice, are refused. The members of a structure or union without a name are
  ///   given as those of the outer one.
  /// - Of a union one member is given, or more that come to the same bytes.
  /// - Integers of any width are numbers; also, as are pointers, strings of hexadecimal digits after `0x`. A number that
  ///   does not fit is refused.
  /// - Enumerations are a name of theirs, or a number. Booleans are `true` and `false`, or 1 and 0. Floating-point numbers
  ///   are numbers, or one of the strings `nan`, `inf` and `-inf`.
  /// - Arrays of `char` are a string, whose end is filled with zeros, or an array of numbers.
  /// - The variables of a section are an object, or as bpftool writes them: `{".data":[{"first":1},{"second":2}]}`.
  /// - What has no type that says how to read it is an array of all its bytes, or a string of hexadecimal digits.
  ///
  /// Padding is zero. No system call.
  ///
  /// - Parameter text: one JSON value.
  /// - Returns: as many bytes as the type has, in the byte order of its object.
  /// - Throws: `BPFError` with `BPFError.Code.malformed` if the text is no JSON, with `BPFError.Code.invalidArgument` and
  ///   the member if the value does not fit the type, with `BPFError.Code.typeMismatch` if the type has no values, or
  ///   such of more than 256 MiB.
  public func bytes(json text: String) throws(BPFError) -> [UInt8] {
    var reader = ValueReader(self, byteCount: try readableSize())
    return try reader.bytes(JSONReader.value(in: text))
  }

  /// The bytes of values of this type that are written as an array in JSON, each as for ``bytes(json:)``.
  ///
  /// - Returns: the values; nil if the text is JSON, but no array.
  package func values(json text: String) throws(BPFError) -> [[UInt8]]? {
    let size = try readableSize()
    guard case .array(let elements) = try JSONReader.value(in: text) else { return nil }
    var values: [[UInt8]] = []
    for (index, element) in elements.enumerated() {
      var reader = ValueReader(self, byteCount: size)
      reader.path = [.element(index)]
      values.append(try reader.bytes(element))
    }
    return values
  }

  private func readableSize() throws(BPFError) -> Int {
    guard let size = byteCount, size <= ValueReader.maximumSize else {
      throw BPFError(
        .readValue, .typeMismatch,
        byteCount == nil ? "\(described) has no values" : "\(described) is larger than 256 MiB")
    }
    return size
  }

  /// The type as C calls it.
  var described: String {
    switch kind {
    case .structure, .union, .enumeration: name.isEmpty ? "\(kind)" : "\(kind) \(name)"
    case .enumeration64: name.isEmpty ? "enum" : "enum \(name)"
    default: name.isEmpty ? "\(kind)" : name
    }
  }
}

/// Puts a value together by its type, out of JSON.
struct ValueReader {
  static let maximumSize = 256 << 20

  let root: BTFType
  var value: ValueBytes
  /// The way from the value to the part that is read.
  var path: [Step] = []
  /// What has been found of structures, by id: each is looked into once.
  var layouts: [Int: MemberLayout] = [:]

  /// From a structure to a member, or from an array to an element.
  enum Step {
    case member(String)
    case element(Int)
  }

  init(_ type: BTFType, byteCount: Int) {
    root = type
    value = ValueBytes(byteCount: byteCount, isSwapped: type.types.isByteSwapped)
  }

  mutating func bytes(_ json: JSONValue) throws(BPFError) -> [UInt8] {
    try read(json, as: root, at: 0, depth: 0)
    if let origin = value.settle() {
      throw BPFError(.readValue, .invalidArgument, origin + ValueReader.disagreement)
    }
    return value.bytes
  }

  // MARK: - Errors

  static let disagreement = " does not agree with what else is given for the same bytes"

  /// What is read, as the beginning of a sentence.
  var subject: String {
    var text = ""
    for step in path {
      switch step {
      case .member(let name): text += text.isEmpty ? name : ".\(name)"
      case .element(let index): text += "[\(index)]"
      }
    }
    switch path.first {
    case nil: return root.described
    case .member: return "member '\(text)' of \(root.described)"
    case .element: return "element \(text) of \(root.described)"
    }
  }

  func failure(_ reason: String) -> BPFError {
    BPFError(.readValue, .invalidArgument, "\(subject): \(reason)")
  }

  private func lack(of name: String, in layout: MemberLayout) -> BPFError {
    let reason = layout.lack(of: name)
    // That of the whole value names it already.
    return path.isEmpty ? BPFError(.readValue, .invalidArgument, reason) : failure(reason)
  }

  func unexpected(_ json: JSONValue, _ wanted: String) -> BPFError {
    failure("\(json.noun) is given where \(wanted) belongs")
  }

  // MARK: - Types

  mutating func read(_ json: JSONValue, as type: BTFType, at offset: Int, depth: Int) throws(BPFError) {
    guard depth < BTFType.maximumDepth, let type = type.unmodified, let size = type.byteCount,
      size <= ValueReader.maximumSize, offset + size <= value.bytes.count
    else { throw failure("its type, \(type.described), cannot have a value here") }
    switch type.kind {
    case .int:
      guard let encoding = type.integer, let place = value.place(at: offset, size) else {
        return try read(json, asBytesAt: offset, size)
      }
      try read(json, as: encoding, at: place)
    case .enumeration, .enumeration64:
      guard let place = value.place(at: offset, size) else {
        return try read(json, asBytesAt: offset, size)
      }
      try read(json, asEnumeration: type, at: place)
    case .float:
      guard size == 4 || size == 8, let place = value.place(at: offset, size) else {
        return try read(json, asBytesAt: offset, size)
      }
      try read(json, asFloatAt: place)
    case .pointer:
      guard let place = value.place(at: offset, size) else { return }
      try give(integer(json, "an address"), isSigned: false, at: place)
    case .array: try read(json, asArray: type, at: offset, depth)
    case .structure, .union: try read(json, asMembersOf: type, at: offset, depth)
    case .dataSection: try read(variables(json, of: type), asMembersOf: type, at: offset, depth)
    case .variable: if let target = type.target { try read(json, as: target, at: offset, depth: depth + 1) }
    default: throw failure("\(type.described) has no values")
    }
  }

  // MARK: - Members

  private mutating func read(
    _ json: JSONValue, asMembersOf type: BTFType, at offset: Int, _ depth: Int
  ) throws(BPFError) {
    guard case .object(let members) = json else { throw unexpected(json, "an object of its members") }
    guard let layout = layout(of: type) else { throw failure("\(type.described) has too many members") }
    var names: Set<String> = []
    for (name, json) in members {
      guard names.insert(name).inserted else { throw failure("'\(name)' is given twice") }
      guard let place = layout.places[name] else { throw lack(of: name, in: layout) }
      path.append(.member(name))
      if let bitCount = place.bitCount {
        try read(json, asBitsOf: place.type, offset * 8 + place.bitOffset, bitCount)
      } else {
        try read(json, as: place.type, at: offset + place.bitOffset / 8, depth: depth + 1)
      }
      path.removeLast()
    }
  }

  /// The variables of a section as one object, which bpftool writes as `{".data":[{"first":1},{"second":2}]}`.
  private func variables(_ json: JSONValue, of type: BTFType) -> JSONValue {
    guard case .object(let sections) = json, sections.count == 1, let section = sections.first,
      section.name == type.name, case .array(let variables) = section.value
    else { return json }
    var members: [(name: String, value: JSONValue)] = []
    for variable in variables {
      guard case .object(let member) = variable else { return json }
      members += member
    }
    return .object(members)
  }

  private mutating func layout(of type: BTFType) -> MemberLayout? {
    if let known = layouts[type.id] { return known }
    guard let layout = MemberLayout(of: type) else { return nil }
    layouts[type.id] = layout
    return layout
  }

  // MARK: - Arrays

  private mutating func read(
    _ json: JSONValue, asArray type: BTFType, at offset: Int, _ depth: Int
  ) throws(BPFError) {
    guard let element = type.target, let stride = element.byteCount else {
      throw failure("its elements have no values")
    }
    switch json {
    case .string(let text) where element.unmodified?.isCharacter == true:
      let bytes = Array(text.utf8)
      guard bytes.count <= type.elementCount else {
        throw failure("a string of \(bytes.count) bytes does not fit into \(type.elementCount)")
      }
      for index in 0..<type.elementCount {
        try give(byte: index < bytes.count ? bytes[index] : 0, at: offset + index)
      }
    case .array(let elements):
      // Of elements without bytes there may be said to be any number, and none is ever written down.
      let most = stride == 0 ? 0 : type.elementCount
      guard elements.count <= most else {
        throw failure("\(elements.count) elements do not fit into \(most)")
      }
      for (index, json) in elements.enumerated() {
        path.append(.element(index))
        try read(json, as: element, at: offset + index * stride, depth: depth + 1)
        path.removeLast()
      }
    default:
      throw unexpected(
        json, element.unmodified?.isCharacter == true ? "a string or an array" : "an array")
    }
  }
}
