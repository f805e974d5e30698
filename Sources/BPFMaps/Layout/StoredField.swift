//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if !SWIFT_BPF_MIRROR_FIELDS
@_spi(Reflection) internal import Swift
#endif

/// A stored field of a structure or tuple.
struct StoredField {
  /// The kind of the field's type.
  enum Kind {
    case structure, tuple, enumeration, optional
    /// A type whose layout only the compiler knows, such as the storage of a vector.
    case opaque
    /// A type that the walks know by other means, or refuse: a class, a function.
    case other
  }

  /// The name; of a tuple's element `.0`, `.1` and so on.
  var name: String
  var offset: Int
  var type: Any.Type
  var kind: Kind
}

/// A way to find the stored fields of a type.
///
/// This file alone depends on the standard library's `_forEachField`, which is SPI (`@_spi`). Without it, this file
/// does not compile until `SWIFT_BPF_MIRROR_FIELDS` is defined.
enum FieldSource {
  /// The type's metadata, read by `_forEachField`.
  case metadata
  /// `Mirror`, which is public API, and does not know offsets. They are known only for types without padding.
  case mirror

  #if SWIFT_BPF_MIRROR_FIELDS
  static let preferred = FieldSource.mirror
  #else
  static let preferred = FieldSource.metadata
  #endif

  /// Returns the fields of a type in their order; empty for types without fields.
  ///
  /// - Parameter type: a type that is `BitwiseCopyable`, although the walks cannot express that.
  /// - Returns: nil if the type has fields at unknown offsets.
  func fields<T>(of type: T.Type) -> [StoredField]? {
    switch self {
    case .metadata: FieldSource.fieldsInMetadata(of: type)
    case .mirror: FieldSource.fieldsInMirror(of: type)
    }
  }

  /// Returns a type as a field, since only fields have a kind.
  func field<T>(_ type: T.Type) -> StoredField? { fields(of: (T, UInt8).self)?.first }
}

// MARK: - Metadata

extension FieldSource {
  #if SWIFT_BPF_MIRROR_FIELDS
  private static func fieldsInMetadata<T>(of type: T.Type) -> [StoredField]? { fieldsInMirror(of: type) }
  #else
  private static func fieldsInMetadata<T>(of type: T.Type) -> [StoredField]? {
    var fields: [StoredField] = []
    _ = unsafe _forEachField(of: type) { name, offset, type, kind in
      fields.append(
        StoredField(name: unsafe String(cString: name), offset: offset, type: type, kind: .init(kind)))
      return true
    }
    return fields
  }
  #endif
}

#if !SWIFT_BPF_MIRROR_FIELDS
extension StoredField.Kind {
  fileprivate init(_ kind: _MetadataKind) {
    self =
      switch kind {
      case .struct: .structure
      case .tuple: .tuple
      case .enum: .enumeration
      case .optional: .optional
      case .opaque, .unknown: .opaque
      default: .other
      }
  }
}
#endif

// MARK: - Mirror

extension FieldSource {
  /// Returns the fields that a mirror shows, if they take all bytes of the type: then each begins where the one before
  /// it ends. Otherwise offsets are unknown, since C attributes can move a field.
  private static func fieldsInMirror<T>(of type: T.Type) -> [StoredField]? {
    // Only the compiler knows the layout of a vector. Types with mirrors of their own may show anything.
    if type is any SIMDStorage.Type || type is any CustomReflectable.Type { return [] }
    // A mirror needs a value. Zeros are a valid value of every type that can be in a map.
    let mirror: Mirror = unsafe withUnsafeTemporaryAllocation(of: type, capacity: 1) { memory in
      unsafe UnsafeMutableRawBufferPointer(memory).initializeMemory(as: UInt8.self, repeating: 0)
      return unsafe Mirror(reflecting: memory[0])
    }
    guard mirror.displayStyle == .struct || mirror.displayStyle == .tuple else { return [] }
    var fields: [StoredField] = []
    var end = 0
    for (index, child) in mirror.children.enumerated() {
      let field = Swift.type(of: child.value)
      fields.append(
        StoredField(
          name: child.label ?? ".\(index)", offset: end, type: field,
          kind: .init(Mirror(reflecting: child.value).displayStyle)))
      end += size(of: field)
    }
    return fields.isEmpty || end == MemoryLayout<T>.size ? fields : nil
  }

  /// Returns the size of a type's values in bytes.
  static func size(of type: Any.Type) -> Int {
    func open<T>(_ type: T.Type) -> Int { MemoryLayout<T>.size }
    return open(type)
  }
}

extension StoredField.Kind {
  fileprivate init(_ style: Mirror.DisplayStyle?) {
    self =
      switch style {
      case .struct: .structure
      case .tuple: .tuple
      case .enum: .enumeration
      case .optional: .optional
      default: .other
      }
  }
}
