//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

/// What a typed map wants the map under it to be.
struct MapShape {
  /// The Swift type, such as `HashMap<UInt32, UInt64>`, for errors.
  var name: String
  var type: MapType
  /// The key sizes that will do, the best first.
  var keySizes: [Int]
  /// The value sizes that will do, the best first.
  var valueSizes: [Int]

  /// Throws unless a map is of this shape; the error names both sides.
  func prove(_ map: MapHandle) throws(BPFError) {
    let fits = map.type == type && keySizes.contains(map.keySize) && valueSizes.contains(map.valueSize)
    guard !fits else { return }
    throw map.failure(
      .open, .typeMismatch, nil,
      "this is \(MapShape.text(map.type, "\(map.keySize)", "\(map.valueSize)")), and \(name) needs "
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
  /// What an element is in a map.
  enum Role: String {
    case key, value
  }

  /// How many bytes a Swift type may take in a map: as many as in C, or without the padding behind its last field.
  static func sizes<Element: BitwiseCopyable>(of type: Element.Type) -> [Int] {
    let (size, stride) = (MemoryLayout<Element>.size, MemoryLayout<Element>.stride)
    return size == stride ? [size] : [stride, size]
  }

  /// How a Swift type lies in `byteCount` bytes of a map. Throws if the type cannot be a map's key or value.
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
      "whether its bytes \(range.lowerBound) to \(range.upperBound - 1) are all part of the value cannot be known, "
      + "and padding would decide which keys are equal; make it of integers, floating-point numbers, tuples, "
      + "structures and InlineArrays of these"
  }
}
