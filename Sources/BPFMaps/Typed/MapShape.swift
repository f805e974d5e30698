//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// The properties that a typed map requires of the underlying map.
struct MapShape {
  /// The Swift type for messages, such as `HashMap<UInt32, UInt64>`.
  var name: String
  var type: MapType
  /// The allowed key sizes, the preferred one first.
  var keySizes: [Int]
  /// The allowed value sizes, the preferred one first.
  var valueSizes: [Int]

  /// Throws unless a map has this shape. The error describes both shapes.
  func verify(_ map: MapHandle) throws(BPFError) {
    let fits = map.type == type && keySizes.contains(map.keySize) && valueSizes.contains(map.valueSize)
    guard !fits else { return }
    throw map.failure(
      .open, .typeMismatch, nil,
      "this is \(MapShape.text(map.type, "\(map.keySize)", "\(map.valueSize)")), but \(name) needs "
        + MapShape.text(type, MapShape.choice(keySizes), MapShape.choice(valueSizes)))
  }

  private static func text(_ type: MapType, _ keySize: String, _ valueSize: String) -> String {
    type.isKeyless
      ? "\(type.withArticle) map with \(valueSize)-byte values"
      : "\(type.withArticle) map with \(keySize)-byte keys and \(valueSize)-byte values"
  }

  private static func choice(_ sizes: [Int]) -> String {
    sizes.map(String.init).joined(separator: "- or ")
  }
}

// MARK: - Shapes of Swift types

extension MapShape {
  /// The role of a Swift type in a map.
  enum Role: String {
    case key, value
  }

  /// Returns the sizes that a Swift type may have in a map: the stride, as in C, or the size without trailing padding.
  static func sizes<Element: BitwiseCopyable>(of type: Element.Type) -> [Int] {
    let (size, stride) = (MemoryLayout<Element>.size, MemoryLayout<Element>.stride)
    return size == stride ? [size] : [stride, size]
  }

  /// Returns the layout of a Swift type in `byteCount` bytes of a map. Throws if the type cannot be a map's key or
  /// value.
  static func layout<Element: BitwiseCopyable>(
    of type: Element.Type, as role: Role, byteCount: Int, _ operation: BPFError.Operation
  ) throws(BPFError) -> ElementLayout<Element> {
    let facts = LayoutFacts.of(type, byteCount: byteCount)
    if let reason = refusal(type, facts.bytes, role) {
      throw BPFError(operation, .typeMismatch, "\(type) cannot be the \(role.rawValue) of a map: \(reason)")
    }
    return ElementLayout(byteCount: byteCount)
  }

  private static func refusal<Element>(_ type: Element.Type, _ bytes: TypeBytes, _ role: Role) -> String? {
    if bytes.size == 0 { return "it has no bytes" }
    if let refusal = bytes.refusal { return refusal }
    guard role == .key, let range = bytes.opaque.first else { return nil }
    return
      "its bytes \(range.lowerBound) to \(range.upperBound - 1) may be padding, which would affect whether keys are "
      + "equal; compose it of integers, floating-point numbers, tuples, structures and InlineArrays of these"
  }
}
