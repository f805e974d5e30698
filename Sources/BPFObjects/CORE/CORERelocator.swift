//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFInstructions
package import BPFSyscall
package import BTF

/// Applies an object's CO-RE relocations (compile once, run everywhere) for a kernel's types.
///
/// Makes no system calls: the caller supplies the types. Use one relocator per object, since it caches results: names
/// are indexed in one pass over the kernel's types, the candidates of each type are found once, and identical
/// relocations, such as those of a function that many programs call, are answered once.
///
/// The kernel may have several candidate types of a name. All candidates that have the requested part must give the
/// same value, or the relocation fails; the others are dropped for that type. So, as with other loaders, apply
/// relocations in the object's order.
package struct CORERelocator {
  private let local: BTFTypes
  private let targetName: String
  private var candidates: CORECandidates
  private var answers: [Question: Answer] = [:]

  /// Creates a relocator for one object.
  ///
  /// - Parameters:
  ///   - local: the object's own types.
  ///   - target: the kernel's types.
  ///   - targetName: a name of `target` for messages.
  ///   - modules: returns the types of kernel modules, split over `target`. Called at most once, and only if the
  ///     object has a type whose name `target` lacks. Its error is rethrown.
  package init(
    local: BTFTypes, target: BTFTypes, targetName: String = "the kernel's BTF",
    modules: @escaping () throws(BPFError) -> [BTFTypes] = { () throws(BPFError) in [] }
  ) {
    (self.local, self.targetName) = (local, targetName)
    candidates = CORECandidates(local: local, target: target, modules: modules)
  }

  /// A relocation without an answer. Its instruction is poisoned: a call of a helper that does not exist.
  ///
  /// This is an error only if the verifier reaches it: programs check that a field exists before they use it.
  package struct Unresolved: Sendable, Hashable {
    /// The relocation, with the index of the poisoned instruction; for a 64-bit load both halves are poisoned.
    package var relocation: CORERelocation

    /// A description of the relocation: `<byte_off> struct task_struct.nosuch (0:1 @ offset 8)`.
    package var description: String

    /// The reason, as a sentence: `the field struct task_struct.nosuch (0:1 @ offset 8): it is not in the kernel's
    /// BTF`.
    package var explanation: String
  }

  /// Applies relocations to instructions.
  ///
  /// - Parameters:
  ///   - relocations: the relocations; the `instruction` of each is an index into `instructions`.
  ///   - instructions: the instructions of a section or program. If this throws, some may be changed.
  /// - Returns: the relocations without an answer, whose instructions are poisoned.
  /// - Throws: `BPFError` with `BPFError.Code.malformed` if a relocation has an invalid access path or does not fit its
  ///   instruction, `BPFError.Code.ambiguous` if candidates differ in the requested value,
  ///   `BPFError.Code.unsupported` for types without a name.
  package mutating func apply(
    _ relocations: [CORERelocation], to instructions: inout [Instruction]
  ) throws(BPFError) -> [Unresolved] {
    var unresolved: [Unresolved] = []
    for relocation in relocations {
      guard let absence = try apply(relocation, to: &instructions) else { continue }
      instructions.poison(at: relocation.instruction)
      unresolved.append(
        Unresolved(
          relocation: relocation, description: absence.description, explanation: absence.explanation))
    }
    return unresolved
  }
}

// MARK: - Cache

extension CORERelocator {
  /// The cache key of a relocation: everything but its instruction.
  private struct Question: Hashable {
    let typeID: Int
    let access: String
    let kind: CORERelocation.Kind
  }

  /// The cached outcome for equal relocations.
  private typealias Answer = Result<COREPatch, Absence>

  /// No answer, with the reason.
  private struct Absence: Error {
    let description: String
    let explanation: String
  }

  private mutating func answer(to relocation: CORERelocation) throws(BPFError) -> Answer {
    let question = Question(
      typeID: relocation.typeID, access: relocation.access, kind: relocation.kind)
    if let known = answers[question] { return known }
    let answer = try patch(relocation).mapError { absence(relocation, $0) }
    answers[question] = answer
    return answer
  }

  private func absence(_ relocation: CORERelocation, _ obstacle: COREObstacle) -> Absence {
    Absence(
      description: relocation.description(in: local),
      explanation: "\(relocation.noun(in: local)): \(obstacle.reason(in: targetName))")
  }
}

// MARK: - One relocation

extension CORERelocator {
  /// Patches an instruction; returns the obstacle if it cannot be patched.
  private mutating func apply(
    _ relocation: CORERelocation, to instructions: inout [Instruction]
  ) throws(BPFError) -> Absence? {
    guard instructions.indices.contains(relocation.instruction) else {
      throw refusal(.malformed, relocation, "there are only \(instructions.count) instructions")
    }
    switch try answer(to: relocation) {
    case .failure(let absence): return absence
    case .success(let patch):
      do throws(COREPatch.Mismatch) {
        return try patch.apply(to: &instructions, at: relocation.instruction).map { absence(relocation, $0) }
      } catch {
        throw refusal(.malformed, relocation, error.reason)
      }
    }
  }

  /// Computes the outcome of a relocation.
  private mutating func patch(
    _ relocation: CORERelocation
  ) throws(BPFError) -> Result<COREPatch, COREObstacle> {
    let path = try COREPath(relocation, in: local)
    let original: COREAnswer
    do throws(COREObstacle) {
      original = try path.answer(relocation.kind)
    } catch {
      throw refusal(.malformed, relocation, error.reason(in: "the object's own BTF"))
    }
    return try patch(relocation, path, from: original)
  }

  /// Evaluates all candidates.
  private mutating func patch(
    _ relocation: CORERelocation, _ path: COREPath, from original: COREAnswer
  ) throws(BPFError) -> Result<COREPatch, COREObstacle> {
    guard relocation.kind != .typeIDLocal else {
      return .success(COREPatch(original: original, value: original.value, access: .same))
    }
    guard !path.root.nameReference.isEmpty else {
      throw refusal(.unsupported, relocation, "a type without a name cannot be found in \(targetName)")
    }
    var findings: [COREFinding] = []
    var obstacle: COREObstacle?
    for candidate in try candidates.candidates(for: path.root) {
      do throws(COREObstacle) {
        findings.append(try COREFinding(relocation.kind, path, in: candidate))
      } catch {
        obstacle = obstacle ?? error
      }
    }
    guard let first = findings.first else {
      guard let value = relocation.kind.valueIfMissing else { return .failure(obstacle ?? .noType) }
      return .success(COREPatch(original: original, value: value, access: .same))
    }
    guard findings.allSatisfy({ $0.agrees(with: first) }) else {
      throw refusal(.ambiguous, relocation, ambiguity(of: findings, relocation.kind))
    }
    candidates.keep(findings.map(\.type), for: path.root)
    return first.answer.map { answer in
      COREPatch(
        original: original, value: value(of: answer, path), access: access(from: original, findings))
    }
  }

  /// Describes the conflicting candidates: by their paths, or by their results.
  private func ambiguity(of findings: [COREFinding], _ kind: CORERelocation.Kind) -> String {
    var distinct: [COREFinding] = []
    for finding in findings where !distinct.contains(where: { $0.agrees(with: finding) }) {
      distinct.append(finding)
    }
    // A path includes its offset; results are added if offsets do not distinguish all candidates.
    let differInOffset = Set(distinct.map(\.path.bitOffset)).count == distinct.count
    let list = distinct.map { differInOffset ? $0.location : "\($0.location): \($0.result(of: kind))" }
    return "\(targetName) has types of this name that differ in it: \(list.joined(separator: "; ")): "
      + COREFinding.advice
  }

  /// Returns the value of an answer. If old objects do not record an enumeration's sign, uses the program's.
  private func value(of answer: COREAnswer, _ path: COREPath) -> UInt64 {
    guard answer.bitCount == 32, path.root.unmodified?.isSignedEnumeration == true else {
      return answer.value
    }
    return UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: answer.value)))
  }

  /// Returns the access change for loads and stores. Candidates with the same offset may have fields of different
  /// sizes.
  private func access(from original: COREAnswer, _ findings: [COREFinding]) -> COREPatch.Access {
    var distinct: [(access: COREPatch.Access, finding: COREFinding)] = []
    for finding in findings {
      let access = COREPatch.Access(
        local: original.accessed, target: try? finding.answer.get().accessed)
      if !distinct.contains(where: { $0.access == access }) { distinct.append((access, finding)) }
    }
    guard distinct.count > 1 else { return distinct.first?.access ?? .same }
    return .ambiguous(
      distinct.map { "\($0.finding.location): \($0.finding.accessed)" }.joined(separator: "; "))
  }

  private func refusal(_ code: BPFError.Code, _ relocation: CORERelocation, _ reason: String) -> BPFError {
    BPFError(
      .relocate, code,
      "\(relocation.description(in: local)) at instruction \(relocation.instruction): \(reason)")
  }
}
