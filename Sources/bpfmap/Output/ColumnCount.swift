//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// The width of text on a terminal, where Chinese characters and emoji occupy two columns.
extension String {
  /// The number of terminal columns that the text occupies.
  var columnCount: Int {
    utf8.allSatisfy { $0 < 0x80 } ? utf8.count : unicodeScalars.reduce(0) { $0 + $1.columnCount }
  }

  /// Returns the beginning of the text that fits into a number of columns.
  func prefix(columns: Int) -> String {
    guard columnCount > columns else { return self }
    var (rest, text) = (columns, "")
    for scalar in unicodeScalars {
      rest -= scalar.columnCount
      if rest < 0 { break }
      text.unicodeScalars.append(scalar)
    }
    return text
  }
}

extension Unicode.Scalar {
  /// The blocks of wide characters (Unicode Standard Annex #11).
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x4dbf, 0x4e00...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3,
    0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18dff,
    0x1aff0...0x1b2ff, 0x1f200...0x1f265, 0x20000...0x3fffd,
  ]

  /// The number of terminal columns that the character occupies, as in wcwidth(3): 0 for combining characters, 2 for
  /// wide ones.
  var columnCount: Int {
    guard value >= 0x300 else { return 1 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    // Hangul vowels and final consonants combine with the preceding consonant.
    if (0x1160...0x11ff).contains(value) { return 0 }
    return properties.isEmojiPresentation || Self.wide.contains { $0.contains(value) } ? 2 : 1
  }
}
