//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The role of each byte of a Swift type: part of a field, padding, or unknown.
///
/// The roles come from the type's stored fields, which a ``FieldSource`` finds.
///
/// `BitwiseCopyable` makes the result reliable. The compiler infers it for an imported C structure only if all its
/// storage has names: not if it contains a bit-field or a union at any depth. Only the header's own module can add the
/// conformance. So the bytes between the fields of such a type are padding.
struct TypeBytes: Sendable, Equatable {
  /// The bytes that belong to no field, ascending. They are written as zeros.
  private(set) var padding: [Range<Int>] = []

  /// The bytes with an unknown role, ascending.
  private(set) var opaque: [Range<Int>] = []

  /// The offsets of `Bool` fields, for which the kernel may hold any byte, but Swift allows only 0 and 1.
  private(set) var booleans: [Int] = []

  /// The reason why values of the type cannot be read from memory that others write; nil if they can.
  private(set) var refusal: String?

  /// The type's size and stride.
  let size: Int
  let stride: Int
}

// MARK: - Bytes of a type

extension TypeBytes {
  /// Returns the roles of a type's bytes.
  static func of<Element: BitwiseCopyable>(
    _ type: Element.Type, fields source: FieldSource = .preferred
  ) -> TypeBytes {
    TypeBytes(walking: type, source)
  }

  fileprivate init<T>(walking type: T.Type, _ source: FieldSource) {
    size = MemoryLayout<T>.size
    stride = MemoryLayout<T>.stride
    var walk = FieldWalk(size: size, source)
    walk.visitRoot(type)
    padding = walk.ranges(of: .padding)
    opaque = walk.ranges(of: .opaque)
    booleans = walk.booleans
    refusal = walk.refusal
  }
}

// MARK: - Fields

/// Walks the fields of a type recursively, down to types without fields.
private struct FieldWalk {
  enum Byte: Equatable {
    case padding, field, opaque
  }

  private let source: FieldSource
  private var bytes: [Byte]
  private(set) var booleans: [Int] = []
  private(set) var refusal: String?

  init(size: Int, _ source: FieldSource) {
    self.source = source
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

  /// Visits the outermost type.
  mutating func visitRoot<T>(_ type: T.Type) {
    if let root = source.field(type) { visit(root, at: 0) }
  }

  private mutating func visit(_ field: StoredField, at offset: Int) {
    func open<T>(_ type: T.Type) { visitOpened(type, field.kind, at: offset) }
    open(field.type)
  }

  private mutating func visitOpened<T>(_ type: T.Type, _ kind: StoredField.Kind, at offset: Int) {
    let size = MemoryLayout<T>.size
    if let type = type as? any PaddingFree.Type {
      mark(offset..<offset + size, .field)
      if type == Bool.self { booleans.append(offset) }
    } else if type is any Pointer.Type {
      refuse("the kernel may hold a null \(type): make it optional")
    } else if let type = type as? any RepeatedElement.Type {
      repeated(type.repeatedElement, at: offset)
    } else {
      switch kind {
      case .structure, .tuple: visitFields(of: type, at: offset)
      case .optional where (type as? any OptionalPointer.Type)?.isPointer == true:
        mark(offset..<offset + size, .field)
      case .optional:
        refuse(
          "the bytes of \(type) are not all defined if it is nil: use a number with a special value instead"
        )
      case .enumeration:
        refuse(
          "the enumeration \(type) has no case for each number the kernel may hold: use its raw value")
      default: refuse("\(type) is meaningless outside this process")
      }
    }
  }

  private mutating func visitFields<T>(of type: T.Type, at offset: Int) {
    guard let fields = source.fields(of: type) else {
      return refuse("the padding of \(type) is unknown: declare it as fields, such as of UInt8")
    }
    let range = offset..<offset + MemoryLayout<T>.size
    if fields.isEmpty { mark(range, .opaque) }
    for field in fields {
      if field.kind == .opaque { mark(range, .opaque) } else { visit(field, at: offset + field.offset) }
    }
  }

  /// Visits the contiguous elements of a fixed-size array.
  private mutating func repeated(_ element: (type: Any.Type, count: Int), at offset: Int) {
    func open<T>(_ type: T.Type) {
      let inner = TypeBytes(walking: type, source)
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
}

extension Range<Int> {
  fileprivate func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}

// MARK: - Types without fields

/// A type in which every byte is part of the value.
private protocol PaddingFree {}

extension Bool: PaddingFree {}
extension Int: PaddingFree {}
extension Int8: PaddingFree {}
extension Int16: PaddingFree {}
extension Int32: PaddingFree {}
extension Int64: PaddingFree {}
extension Int128: PaddingFree {}
extension UInt: PaddingFree {}
extension UInt8: PaddingFree {}
extension UInt16: PaddingFree {}
extension UInt32: PaddingFree {}
extension UInt64: PaddingFree {}
extension UInt128: PaddingFree {}
extension Float16: PaddingFree {}
extension Float: PaddingFree {}
extension Double: PaddingFree {}

/// A pointer of the kernel or of a process. Every bit pattern is a valid optional pointer.
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
