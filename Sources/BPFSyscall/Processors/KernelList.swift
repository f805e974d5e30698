//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import SystemPackage

/// The kernel's list format: numbers and ranges separated by commas, such as `0-3,8`.
package enum KernelList {
  /// Returns the numbers in a list, ascending; nil if the text is not a list.
  package static func numbers(in text: String) -> [Int]? {
    var numbers: [Int] = []
    // Reject repeated and descending numbers, which would shift every later index. UInt16 bounds the memory of a range.
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

  /// Returns the numbers in a file of /sys.
  ///
  /// - Parameter consequence: the effect of a missing list, as the first part of a sentence.
  /// - Throws: `BPFError` if the file cannot be read, or holds no list.
  package static func numbers(
    at path: FilePath, _ operation: BPFError.Operation, _ consequence: String
  ) throws(BPFError) -> [Int] {
    let text: String
    do throws(Errno) {
      text = try KernelFile.read(path)
    } catch {
      throw KernelFile.failure(operation, reading: path, error, path: path, consequence)
    }
    guard let numbers = numbers(in: text) else {
      throw BPFError(
        operation, .unavailable, path: path, "\(consequence): '\(text)' is not a list of numbers")
    }
    return numbers
  }
}
