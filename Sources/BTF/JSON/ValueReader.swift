//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension BTFType {
  /// Returns the bytes of a value of this type written as JSON, the inverse of ``json(_:)``.
  ///
  /// - Structures are objects. Missing members are zero, as are missing elements at the end of an array. Unknown and
  ///   repeated names are rejected. Members of an anonymous structure or union belong to the outer one.
  /// - Unions are objects with one member, or with several that have the same bytes.
  /// - Integers of any width are numbers. Integers and pointers may also be strings of hexadecimal digits after `0x`. A
  ///   number that does not fit is rejected.
  /// - Enumerations are the name of an enumerator, or a number. Booleans are `true` and `false`, or 1 and 0.
  ///   Floating-point numbers are numbers, or one of the strings `nan`, `inf` and `-inf`.
  /// - Arrays of `char` are a string, padded with zeros, or an array of numbers.
  /// - The variables of a section are an object, or as in bpftool's output: `{".data":[{"first":1},{"second":2}]}`.
  /// - Values of unknown format are an array of all their bytes, or a string of hexadecimal digits.
  ///
  /// Padding is zero. Makes no system call.
  ///
  /// - Parameter text: one JSON value.
  /// - Returns: bytes of the type's size, in the byte order of its object.
  /// - Throws: `BPFError`; `BPFError.Code.malformed` if the text is not JSON, `BPFError.Code.invalidArgument` with the
  ///   member if the value does not fit the type, `BPFError.Code.typeMismatch` if the type has no values, or values of
  ///   more than 256 MiB.
  public func bytes(json text: String) throws(BPFError) -> [UInt8] {
    var reader = ValueReader(self, byteCount: try readableSize())
    return try reader.bytes(JSONReader.value(in: text))
  }

  /// Returns the bytes of several values of this type, written as a JSON array. See ``bytes(json:)``.
  ///
  /// - Returns: the values; nil if the text is JSON, but not an array.
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

  /// The type's name in C, for messages.
  var described: String {
    switch kind {
    case .structure, .union, .enumeration: name.isEmpty ? "\(kind)" : "\(kind) \(name)"
    case .enumeration64: name.isEmpty ? "enum" : "enum \(name)"
    default: name.isEmpty ? "\(kind)" : name
    }
  }
}

/// Reads a value of a type from JSON.
struct ValueReader {
  static let maximumSize = 256 << 20

  let root: BTFType
  var value: ValueBytes
  /// The path from the value to the part that is being read.
  var path: [Step] = []
  /// The member layouts of structures by id, computed once each.
  var layouts: [Int: MemberLayout] = [:]

  /// A step of a path: to a member of a structure, or to an element of an array.
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
    if let origin = value.resolve() {
      throw BPFError(.readValue, .invalidArgument, origin + ValueReader.disagreement)
    }
    return value.bytes
  }

  // MARK: - Errors

  static let disagreement = " contradicts another value for the same bytes"

  /// The part that is being read, as the beginning of a sentence.
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

  private func unknownMember(_ name: String, in layout: MemberLayout) -> BPFError {
    let reason = layout.unknownMember(name)
    // The reason names the type itself if the path is empty.
    return path.isEmpty ? BPFError(.readValue, .invalidArgument, reason) : failure(reason)
  }

  func unexpected(_ json: JSONValue, _ expected: String) -> BPFError {
    failure("expected \(expected), found \(json.noun)")
  }

  // MARK: - Types

  mutating func read(_ json: JSONValue, as type: BTFType, at offset: Int, depth: Int) throws(BPFError) {
    guard depth < BTFType.maximumDepth, let type = type.unmodified, let size = type.byteCount,
      size <= ValueReader.maximumSize, offset + size <= value.bytes.count
    else { throw failure("its type, \(type.described), cannot have a value here") }
    switch type.kind {
    case .int:
      guard let encoding = type.integer, let field = value.field(at: offset, size) else {
        return try read(json, asBytesAt: offset, size)
      }
      try read(json, as: encoding, at: field)
    case .enumeration, .enumeration64:
      guard let field = value.field(at: offset, size) else {
        return try read(json, asBytesAt: offset, size)
      }
      try read(json, asEnumeration: type, at: field)
    case .float:
      guard size == 4 || size == 8, let field = value.field(at: offset, size) else {
        return try read(json, asBytesAt: offset, size)
      }
      try read(json, asFloatAt: field)
    case .pointer:
      guard let field = value.field(at: offset, size) else { return }
      try set(integer(json, "an address"), isSigned: false, at: field)
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
      guard let member = layout.members[name] else { throw unknownMember(name, in: layout) }
      path.append(.member(name))
      if let bitCount = member.bitCount {
        try read(json, asBitsOf: member.type, offset * 8 + member.bitOffset, bitCount)
      } else {
        try read(json, as: member.type, at: offset + member.bitOffset / 8, depth: depth + 1)
      }
      path.removeLast()
    }
  }

  /// Returns the variables of a section as one object, also from bpftool's form `{".data":[{"first":1},{"second":2}]}`.
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
        try set(byte: index < bytes.count ? bytes[index] : 0, at: offset + index)
      }
    case .array(let elements):
      // Elements without a size cannot be written, whatever their number.
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
