//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
package import SystemPackage

/// Finds the probes that the kernel rejects. The kernel accepts all probes of a link or none, and does not name the
/// culprit.
package struct RefusedProbes {
  /// A rejected probe.
  package struct Refusal: Hashable {
    package var index: Int
    package var errno: Errno
  }

  /// Tries to attach a range of the probes.
  package typealias Attempt = (Range<Int>) throws(Errno) -> Void

  private let isRefusal: Set<Errno>
  private var refusals: [Refusal] = []
  private var hasAccepted = false

  /// The number of rejected probes, with none accepted, that shows another cause than the functions.
  private static let refusalLimit = 64

  /// Returns the rejected probes, in order.
  ///
  /// Bisects the probes: tries a part, and halves it if it is rejected. Each rejected probe takes about twice as many
  /// attempts as the number of probes has binary digits.
  ///
  /// - Parameters:
  ///   - count: the number of probes.
  ///   - errno: the error for all of them together.
  ///   - answers: the errors that concern single probes.
  /// - Throws: an error that does not concern single probes; `errno` if all are rejected.
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

  /// Searches a part that was rejected.
  private mutating func halve(_ part: Range<Int>, _ errno: Errno, _ attempt: Attempt) throws(Errno) {
    if part.count == 1 {
      refusals.append(Refusal(index: part.lowerBound, errno: errno))
      guard hasAccepted || refusals.count < RefusedProbes.refusalLimit else { throw errno }
      return
    }
    let middle = part.lowerBound + part.count / 2
    let known = refusals.count
    try search(part.lowerBound..<middle, attempt)
    // If the first half is accepted, the second is rejected.
    if refusals.count == known {
      try halve(middle..<part.upperBound, errno, attempt)
    } else {
      try search(middle..<part.upperBound, attempt)
    }
  }

  private mutating func search(_ part: Range<Int>, _ attempt: Attempt) throws(Errno) {
    do throws(Errno) {
      try attempt(part)
      hasAccepted = true
    } catch {
      guard isRefusal.contains(error) else { throw error }
      try halve(part, error, attempt)
    }
  }
}
