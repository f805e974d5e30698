//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import BPFSyscall
package import BTF

/// Fits an object's instructions to the types of a kernel: CO-RE, compile once, run everywhere.
///
/// It makes no system call: which types those are is up to who makes it. Make one for an object, for it remembers what
/// it found: names are looked up in one pass over the kernel's types, each type's candidates once, and what many
/// instructions ask, as those of a function that many programs call, is answered once.
///
/// Several types of the kernel may have the name of one of the object's. All that have what is asked for must come to
/// the same, or the relocation is refused; those that do not have it are no longer asked about that type. So, as with
/// other loaders, relocations belong in the order in which the object has them.
package struct CORERelocator {
  private let local: BTFTypes
  private let targetName: String
  private var candidates: CORECandidates
  private var answers: [Question: Answer] = [:]

  /// A relocator for one object.
  ///
  /// - Parameters:
  ///   - local: the object's own types.
  ///   - target: the types of the kernel it is to run on.
  ///   - targetName: what `target` is, for explanations.
  ///   - modules: gives the types of the kernel's modules, split over `target`. Called at most once, and only if the
  ///     object has a type whose name `target` does not have; what it throws is passed on.
  package init(
    local: BTFTypes, target: BTFTypes, targetName: String = "the kernel's BTF",
    modules: @escaping () throws(BPFError) -> [BTFTypes] = { () throws(BPFError) in [] }
  ) {
    (self.local, self.targetName) = (local, targetName)
    candidates = CORECandidates(local: local, target: target, modules: modules)
  }

  /// A relocation without an answer. Its instruction is now a call of a helper that does not exist.
  ///
  /// That is no error before the verifier reaches it: programs ask whether a field exists before they use it.
  package struct Unresolved: Sendable, Hashable {
    /// The relocation; its `instruction` tells which one is poisoned, with the second half if it has two.
    package var relocation: CORERelocation

    /// What was asked: `<byte_off> struct task_struct.nosuch (0:1 @ offset 8)`.
    package var description: String

    /// Why there is no answer, as a sentence: `the field struct task_struct.nosuch (0:1 @ offset 8): it is not in the
    /// kernel's BTF`.
    package var explanation: String
  }

  /// Puts the numbers of the kernel into instructions.
  ///
  /// - Parameters:
  ///   - relocations: what is to be put where: the `instruction` of each is an index into `instructions`.
  ///   - instructions: a section or a program as the object has it. If this throws, part of them may be changed.
  /// - Returns: those relocations that have no answer, with their instructions poisoned.
  /// - Throws: `BPFError` with `BPFError.Code.malformed` if a relocation leads nowhere or does not fit its instruction,
  ///   `BPFError.Code.ambiguous` if types of the same name differ in what is asked, `BPFError.Code.unsupported` for types
  ///   without a name.
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

// MARK: - Questions

extension CORERelocator {
  /// What a relocation asks, wherever its instruction is.
  private struct Question: Hashable {
    let typeID: Int
    let access: String
    let kind: CORERelocation.Kind
  }

  /// What becomes of all instructions that ask the same.
  private typealias Answer = Result<COREPatch, Absence>

  /// That there is no answer, and why.
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
  /// Patches an instruction; what is in the way, if it cannot be.
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

  /// What becomes of the instruction.
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

  /// Asks all candidates.
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

  /// Which types of one name differ, and in what: in where they have what is asked about, or in the answer.
  private func ambiguity(of findings: [COREFinding], _ kind: CORERelocation.Kind) -> String {
    var distinct: [COREFinding] = []
    for finding in findings where !distinct.contains(where: { $0.agrees(with: finding) }) {
      distinct.append(finding)
    }
    // A path tells its offset. What each comes to is told where offsets do not tell all of them apart.
    let differInPlace = Set(distinct.map(\.path.bitOffset)).count == distinct.count
    let list = distinct.map { differInPlace ? $0.place : "\($0.place): \($0.result(of: kind))" }
    return "\(targetName) has types of this name that differ in it: \(list.joined(separator: "; ")): "
      + COREFinding.advice
  }

  /// The number of an answer. Old objects do not tell that an enumeration has a sign; then the program's own does.
  private func value(of answer: COREAnswer, _ path: COREPath) -> UInt64 {
    guard answer.bitCount == 32, path.root.unmodified?.isSignedEnumeration == true else {
      return answer.value
    }
    return UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: answer.value)))
  }

  /// How loads and stores have to change. Candidates that agree on a field's place may still have it in several sizes.
  private func access(from original: COREAnswer, _ findings: [COREFinding]) -> COREPatch.Access {
    var distinct: [(access: COREPatch.Access, finding: COREFinding)] = []
    for finding in findings {
      let access = COREPatch.Access(
        local: original.accessed, target: try? finding.answer.get().accessed)
      if !distinct.contains(where: { $0.access == access }) { distinct.append((access, finding)) }
    }
    guard distinct.count > 1 else { return distinct.first?.access ?? .same }
    return .ambiguous(
      distinct.map { "\($0.finding.place): \($0.finding.accessed)" }.joined(separator: "; "))
  }

  private func refusal(_ code: BPFError.Code, _ relocation: CORERelocation, _ reason: String) -> BPFError {
    BPFError(
      .relocate, code,
      "\(relocation.description(in: local)) at instruction \(relocation.instruction): \(reason)")
  }
}
