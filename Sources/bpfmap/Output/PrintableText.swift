//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension String {
  /// The text with control characters escaped, so that it cannot affect the terminal.
  var printable: String {
    guard unicodeScalars.contains(where: String.isControl) else { return self }
    return unicodeScalars.reduce(into: "") { printable, scalar in
      if String.isControl(scalar) {
        printable +=
          scalar.value < 0x100
          ? "\\x" + HexDigits.text(UInt8(scalar.value)) : "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        printable.unicodeScalars.append(scalar)
      }
    }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
