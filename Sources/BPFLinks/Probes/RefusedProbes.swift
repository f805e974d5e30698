//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
package import SystemPackage

/// Finds which of many probes the kernel refuses. It takes all of a link or none, and does not say which was in the way.
package struct RefusedProbes {
  /// A probe that is refused.
  package struct Refusal: Hashable {
    package var index: Int
    package var errno: Errno
  }

  /// Tries some of the probes.
  package typealias Attempt = (Range<Int>) throws(Errno) -> Void

  private let isRefusal: Set<Errno>
  private var refusals: [Refusal] = []
  private var hasTaken = false

  /// How many are refused, and none taken, before it is clear that the functions are not the reason.
  private static let enough = 64

  /// Returns the probes that are refused, in order.
  ///
  /// Parts of the probes are tried, and halved if they are refused: for each that is refused about twice as many attempts
  /// as the number of probes has binary digits.
  ///
  /// - Parameters:
  ///   - count: how many probes there are.
  ///   - errno: the answer for all of them together.
  ///   - answers: the answers that are about single probes.
  /// - Throws: an answer that is not about single probes; `errno` if all are refused.
  package static func among(
    _ count: Int, refusedWith errno: Errno, answers: Set<Errno>, _ attempt: Attempt
  ) throws(Errno) -> [Refusal] {
    guard answers.contains(errno), count > 1 else { throw errno }
    var search = RefusedProbes(isRefusal: answers)
    try search.halve(0..<count, errno, attempt)
    guard search.refusals.count < count else { throw errno }
    return search.refusals
  }

  private init(isRefusal: Set<Errno>) { self.isRefusal = isRefusal }

  /// Searches a part that is refused.
  private mutating func halve(_ part: Range<Int>, _ errno: Errno, _ attempt: Attempt) throws(Errno) {
    if part.count == 1 {
      refusals.append(Refusal(index: part.lowerBound, errno: errno))
      guard hasTaken || refusals.count < RefusedProbes.enough else { throw errno }
      return
    }
    let middle = part.lowerBound + part.count / 2
    let known = refusals.count
    try search(part.lowerBound..<middle, attempt)
    // If the first half is taken, the second is refused.
    if refusals.count == known {
      try halve(middle..<part.upperBound, errno, attempt)
    } else {
      try search(middle..<part.upperBound, attempt)
    }
  }

  private mutating func search(_ part: Range<Int>, _ attempt: Attempt) throws(Errno) {
    do throws(Errno) {
      try attempt(part)
      hasTaken = true
    } catch {
      guard isRefusal.contains(error) else { throw error }
      try halve(part, error, attempt)
    }
  }
}
