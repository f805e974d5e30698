//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

@_spi(Reflection) internal import Swift

/// What each byte of a Swift type is: part of a field, padding between fields, or not to be told.
///
/// It is read from the type's own metadata by the function that the standard library has for
/// walking fields with their offsets. That is an interface for the few (`@_spi`): `Mirror`, the one for all, knows
/// no offsets, and a type may tell it whatever it likes.
///
/// What makes the answer sure is `BitwiseCopyable`: the compiler grants it to a structure imported from C only if
/// all its storage can be named, so not if there is a bit-field or a union in it, at any depth, and no module but
/// the header's own can add it. What lies between the fields of such a type is padding and nothing else.
struct TypeBytes: Sendable, Equatable {
  /// Bytes that belong to no field, ascending; the kernel shall see zeros there.
  private(set) var padding: [Range<Int>] = []

  /// Bytes of which it cannot be told whether each means something, ascending.
  private(set) var opaque: [Range<Int>] = []

  /// Where a `Bool` is, of which the kernel may hold any byte, and Swift two.
  private(set) var booleans: [Int] = []

  /// Why no value of the type may be read from memory that others write; nil if it may.
  private(set) var refusal: String?

  /// The type's size and the distance from one value to the next.
  let size: Int
  let stride: Int
}

// MARK: - Of a type

extension TypeBytes {
  /// What the bytes of a type are.
  static func of<Element: BitwiseCopyable>(_ type: Element.Type) -> TypeBytes { TypeBytes(walking: type) }

  fileprivate init<T>(walking type: T.Type) {
    size = MemoryLayout<T>.size
    stride = MemoryLayout<T>.stride
    var walk = FieldWalk(size: size)
    walk.visitWhole(type)
    padding = walk.ranges(of: .padding)
    opaque = walk.ranges(of: .opaque)
    booleans = walk.booleans
    refusal = walk.refusal
  }
}

// MARK: - Fields

/// A passage through the fields of a type, and of their types, down to those that have none.
private struct FieldWalk {
  enum Byte: Equatable {
    case padding, field, opaque
  }

  private var bytes: [Byte]
  private(set) var booleans: [Int] = []
  private(set) var refusal: String?

  init(size: Int) {
    bytes = [Byte](repeating: .padding, count: size)
  }

  func ranges(of kind: Byte) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for (offset, byte) in bytes.enumerated() where byte == kind {
      if let last = ranges.last, last.upperBound == offset {
        ranges[ranges.count - 1] = last.lowerBound..<offset + 1
      } else {
        ranges.append(offset..<offset + 1)
      }
    }
    return ranges
  }

  /// Visits a type that is nobody's field. Kinds are told of fields, so it is made the first of a pair.
  mutating func visitWhole<T>(_ type: T.Type) {
    forEachField(of: (T, UInt8).self) { name, offset, field, kind, walk in
      if name == ".0" { walk.visit(field, kind, at: offset) }
    }
  }

  private mutating func visit(_ type: Any.Type, _ kind: _MetadataKind, at offset: Int) {
    func open<T>(_ type: T.Type) { visitOpened(type, kind, at: offset) }
    open(type)
  }

  private mutating func visitOpened<T>(_ type: T.Type, _ kind: _MetadataKind, at offset: Int) {
    let size = MemoryLayout<T>.size
    if let type = type as? any WholeBytes.Type {
      mark(offset..<offset + size, .field)
      if type == Bool.self { booleans.append(offset) }
    } else if type is any Pointer.Type {
      refuse("the kernel may hold a null \(type): make it optional")
    } else if let type = type as? any RepeatedElement.Type {
      repeated(type.repeatedElement, at: offset)
    } else {
      switch kind {
      case .struct, .tuple: visitFields(of: type, at: offset)
      case .optional where (type as? any OptionalPointer.Type)?.isPointer == true:
        mark(offset..<offset + size, .field)
      case .optional:
        refuse(
          "the bytes of \(type) are not all defined if it is nil: put a number in its place that stands for none"
        )
      case .enum:
        refuse(
          "the enumeration \(type) has no case for each number the kernel may hold: put its raw value there")
      default: refuse("\(type) means nothing outside of this process")
      }
    }
  }

  private mutating func visitFields<T>(of type: T.Type, at offset: Int) {
    let size = MemoryLayout<T>.size
    var hasFields = false
    forEachField(of: type) { _, fieldOffset, field, kind, walk in
      switch kind {
      // What the compiler alone knows, such as a vector.
      case .opaque, .unknown: walk.mark(offset..<offset + size, .opaque)
      default: walk.visit(field, kind, at: offset + fieldOffset)
      }
      hasFields = true
    }
    if !hasFields { mark(offset..<offset + size, .opaque) }
  }

  /// Fields of one type, side by side.
  private mutating func repeated(_ element: (type: Any.Type, count: Int), at offset: Int) {
    func open<T>(_ type: T.Type) {
      let inner = TypeBytes(walking: type)
      for index in 0..<element.count {
        let start = offset + index * inner.stride
        mark(start..<start + inner.size, .field)
        for range in inner.padding { mark(range.shifted(by: start), .padding) }
        for range in inner.opaque { mark(range.shifted(by: start), .opaque) }
        booleans += inner.booleans.map { $0 + start }
      }
      if let inner = inner.refusal { refuse(inner) }
    }
    open(element.type)
  }

  private mutating func mark(_ range: Range<Int>, _ byte: Byte) {
    for offset in range { bytes[offset] = byte }
  }

  private mutating func refuse(_ reason: String) { if refusal == nil { refusal = reason } }

  private mutating func forEachField<T>(
    of type: T.Type,
    _ body: (_ name: String, _ offset: Int, Any.Type, _MetadataKind, inout FieldWalk) -> Void
  ) {
    _ = unsafe _forEachField(of: type) { name, offset, field, kind in
      body(unsafe String(cString: name), offset, field, kind, &self)
      return true
    }
  }
}

extension Range<Int> {
  fileprivate func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}

// MARK: - Types without fields

/// A type of which every byte is part of the value.
private protocol WholeBytes {}

extension Bool: WholeBytes {}
extension Int: WholeBytes {}
extension Int8: WholeBytes {}
extension Int16: WholeBytes {}
extension Int32: WholeBytes {}
extension Int64: WholeBytes {}
extension Int128: WholeBytes {}
extension UInt: WholeBytes {}
extension UInt8: WholeBytes {}
extension UInt16: WholeBytes {}
extension UInt32: WholeBytes {}
extension UInt64: WholeBytes {}
extension UInt128: WholeBytes {}
extension Float16: WholeBytes {}
extension Float: WholeBytes {}
extension Double: WholeBytes {}

/// A pointer, of the kernel or of a process. That of an optional one any bits will do.
private protocol Pointer {}

extension UnsafeRawPointer: @unsafe Pointer {}
extension UnsafeMutableRawPointer: @unsafe Pointer {}
extension UnsafePointer: @unsafe Pointer {}
extension UnsafeMutablePointer: @unsafe Pointer {}
extension OpaquePointer: @unsafe Pointer {}

private protocol OptionalPointer {
  static var isPointer: Bool { get }
}

extension Optional: OptionalPointer {
  static var isPointer: Bool { Wrapped.self is any Pointer.Type }
}

/// An array of fixed length.
private protocol RepeatedElement {
  static var repeatedElement: (type: Any.Type, count: Int) { get }
}

extension InlineArray: RepeatedElement {
  static var repeatedElement: (type: Any.Type, count: Int) { (Element.self, count) }
}
