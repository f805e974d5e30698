//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFObjects
internal import BPFSyscall
internal import SystemPackage

/// The functions on which probes are set together.
struct ProbedFunctions {
  /// Returns the names of the functions with the given indices, as messages show them.
  let names: ([Int]) -> [String]

  /// The functions that match the pattern but are known to reject probes; nil without a pattern, when every function
  /// must get its probe.
  let skipped: [SkippedFunction]?

  init(skipping skipped: [SkippedFunction]? = nil, names: @escaping ([Int]) -> [String]) {
    (self.skipped, self.names) = (skipped, names)
  }
}

extension AttachTarget {
  /// Creates a link to the probes with the given indices, or to all for nil.
  typealias ProbesLink = ([Int]?, FileDescriptor) throws(Errno) -> OwnedDescriptor

  /// Attaches a program to many probes with one link.
  ///
  /// If the kernel rejects the whole set, tries subsets to find the functions that cannot be probed. The program may
  /// run during these attempts.
  ///
  /// - Parameters:
  ///   - reasons: the meanings of the errors that concern single functions.
  func link(
    _ program: Program, toMany functions: ProbedFunctions, count: Int, reasons: [Errno: String],
    _ create: ProbesLink
  ) throws(BPFError) -> Link {
    try check(program)
    let descriptor: OwnedDescriptor
    do throws(Errno) {
      descriptor = try program.withFileDescriptor { (program) throws(Errno) in try create(nil, program) }
    } catch {
      return try linkWithoutRefused(program, functions, count, reasons, error, create)
    }
    return try Link(
      adopting: descriptor, to: description, operation: .attach, skipping: functions.skipped ?? [])
  }

  /// Attaches a program to those of many probes that the kernel accepts, or throws an error that lists the others.
  private func linkWithoutRefused(
    _ program: Program, _ functions: ProbedFunctions, _ count: Int, _ reasons: [Errno: String],
    _ errno: Errno,
    _ create: ProbesLink
  ) throws(BPFError) -> Link {
    let refusals: [RefusedProbes.Refusal]
    do throws(Errno) {
      refusals = try RefusedProbes.among(count, refusedWith: errno, answers: Set(reasons.keys)) {
        (part) throws(Errno) in
        _ = try program.withFileDescriptor { (program) throws(Errno) in try create(Array(part), program) }
      }
    } catch {
      throw failure(program, error)
    }
    let skipped = zip(refusals, functions.names(refusals.map(\.index))).map { refusal, name in
      SkippedFunction(name, reasons[refusal.errno] ?? "", errno: refusal.errno)
    }
    guard let others = functions.skipped else {
      throw BPFError(
        .attach, .unsupported, errno: refusals.first?.errno, program.subject,
        "not all of \(description) can be set: " + skipped.descriptions(first: 10))
    }
    let refused = Set(refusals.map(\.index))
    let descriptor: OwnedDescriptor
    do throws(Errno) {
      descriptor = try program.withFileDescriptor { (program) throws(Errno) in
        try create((0..<count).filter { !refused.contains($0) }, program)
      }
    } catch {
      throw failure(program, error)
    }
    return try Link(
      adopting: descriptor, to: "\(count - refusals.count) of \(description)", operation: .attach,
      skipping: others + skipped)
  }
}
