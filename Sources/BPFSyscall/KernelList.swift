//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import SystemPackage

/// The kernel's list format: numbers and ranges parted by commas, such as `0-3,8`.
package enum KernelList {
  /// The numbers in a list, ascending; nil if it is none.
  package static func numbers(in text: String) -> [Int]? {
    var numbers: [Int] = []
    // A repeated or descending number would shift every place after it, and ranges without end would take all memory.
    var next = 0
    for part in text.filter({ !$0.isWhitespace }).split(separator: ",", omittingEmptySubsequences: false) {
      let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map {
        UInt16($0).map(Int.init)
      }
      switch bounds.count {
      case 1:
        guard let number = bounds[0], number >= next else { return nil }
        numbers.append(number)
        next = number + 1
      case 2:
        guard let first = bounds[0], let last = bounds[1], first >= next, first <= last else { return nil }
        numbers += first...last
        next = last + 1
      default: return nil
      }
    }
    return numbers.isEmpty ? nil : numbers
  }

  /// The numbers in a file of /sys; nil if it is not there.
  package static func numbers(at path: FilePath) -> [Int]? {
    (try? KernelFile.read(path)).flatMap(numbers(in:))
  }
}
