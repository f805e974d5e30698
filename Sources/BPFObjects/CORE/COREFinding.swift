//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// A relocation's result in one candidate type of the kernel.
struct COREFinding {
  /// The type.
  let type: BTFType

  /// The path in the candidate.
  let path: COREPath

  /// The answer; or the obstacle, if the path exists but has no correct answer.
  let answer: Result<COREAnswer, COREObstacle>

  /// Evaluates a relocation in a candidate type; throws if the path does not exist there.
  init(_ kind: CORERelocation.Kind, _ path: COREPath, in candidate: BTFType) throws(COREObstacle) {
    type = candidate
    if kind.subject == .type {
      let rule = kind == .typeMatches ? CORETypeComparison.Rule.matching : .compatible
      guard CORETypeComparison.areSame(path.root, candidate, by: rule) else { throw .differs }
    }
    let followed = try path.followed(in: candidate)
    self.path = followed
    answer = Result { () throws(COREObstacle) in try followed.answer(kind) }
  }

  /// Returns whether both candidates have the same result.
  func agrees(with other: COREFinding) -> Bool {
    guard path.bitOffset == other.path.bitOffset else { return false }
    switch (answer, other.answer) {
    case (.success(let one), .success(let another)): return one.value == another.value
    case (.failure, .failure): return true
    default: return false
    }
  }
}

extension COREFinding {
  /// A description of the path with its offset and type.
  var location: String { "\(path) in type \(type.id)" }

  /// Returns a description of the result.
  func result(of kind: CORERelocation.Kind) -> String {
    guard case .success(let answer) = answer else { return "no answer" }
    let number = Int64(bitPattern: answer.value)
    return kind == .fieldByteSize || kind == .typeByteSize ? "\(number) bytes" : "\(number)"
  }

  /// The type and size of an access at the offset, such as `unsigned int, 4 bytes`; empty if unknown.
  var accessed: String {
    guard let type = try? answer.get().accessed, let size = type.byteCount else { return "" }
    return "\(type.briefDescription), \(size) bytes"
  }

  /// Advice for ambiguous types.
  static let advice = "ask first for a field that only the right one has"
}
