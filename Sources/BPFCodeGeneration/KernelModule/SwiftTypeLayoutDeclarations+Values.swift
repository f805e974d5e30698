//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension SwiftTypeLayoutDeclarations {
  /// Returns the initializer in C of a variable with the bytes of a Swift value; nil if the type is not one of the plan's.
  package func initializer(of swiftType: String, _ bytes: [UInt8]) -> String? {
    let type = SwiftTypeLayoutName(swiftType)
    guard layouts.layouts[type] != nil else { return nil }
    return initializer(of: type, bytes[...])
  }

  /// - Parameter bytes: the bytes from the value's first on.
  private func initializer(of type: SwiftTypeLayoutName, _ bytes: ArraySlice<UInt8>) -> String {
    let layout = layouts.layouts[type] ?? SwiftTypeLayouts.Layout(size: 0, alignment: 1)
    func list(_ parts: [String]) -> String { "{\(parts.joined(separator: ", "))}" }
    switch layouts.plan.shape(of: type) {
    case .scalar(let scalar): return initializer(of: scalar, bytes)
    case .cases: return "\(bytes.number(0, layout.size))"
    case .array(let element, let count) where layout.size > 0:
      let stride = layout.size / count
      return list((0..<count).map { initializer(of: element, bytes.dropFirst($0 * stride)) })
    case .fields(let fields) where layout.size > 0:
      let parts = zip(fields, layout.offsets).filter { layouts.layouts[$0.0.type]?.size ?? 0 > 0 }
      return list(parts.map { initializer(of: $0.type, bytes.dropFirst($1)) })
    case .array, .fields, .bytes: return list(bytes.prefix(layout.size).map(String.init))
    }
  }

  private func initializer(
    of scalar: SwiftTypeLayoutShape.Scalar, _ bytes: ArraySlice<UInt8>
  ) -> String {
    if scalar.size == 16, scalar.alignment == 16 {
      return
        "(\(scalar.name))((unsigned __int128)\(bytes.number(8, 8))ull << 64 | \(bytes.number(0, 8))ull)"
    }
    // Structures of the kernel, and IPv6 addresses, are arrays of words.
    if scalar.name.hasPrefix("struct ") || scalar.size > scalar.alignment {
      let words = stride(from: 0, to: scalar.size, by: scalar.alignment)
      return "{\(words.map { "\(bytes.number($0, scalar.alignment))ull" }.joined(separator: ", "))}"
    }
    return "(\(scalar.name))\(bytes.number(0, scalar.size))ull"
  }
}

extension ArraySlice<UInt8> {
  /// A little-endian number at an offset.
  fileprivate func number(_ offset: Int, _ byteCount: Int) -> UInt64 {
    dropFirst(offset).prefix(byteCount).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
