//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// What a relocation comes to in one type of the kernel that has what is asked about.
struct COREFinding {
  /// The type.
  let type: BTFType

  /// Where in it that is.
  let path: COREPath

  /// The answer, or why there is none though it is there.
  let answer: Result<COREAnswer, COREObstacle>

  /// Looks in a type for what a relocation asks about; throws if it is not there.
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

  /// Whether both types come to the same.
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
  /// What was found, with its offset, and in which type.
  var place: String { "\(path) in type \(type.id)" }

  /// What it comes to.
  func result(of kind: CORERelocation.Kind) -> String {
    guard case .success(let answer) = answer else { return "no answer" }
    let number = Int64(bitPattern: answer.value)
    return kind == .fieldByteSize || kind == .typeByteSize ? "\(number) bytes" : "\(number)"
  }

  /// What a load or store at the offset accesses, such as `unsigned int, 4 bytes`; empty if that is not known.
  var accessed: String {
    guard let type = try? answer.get().accessed, let size = type.byteCount else { return "" }
    return "\(type.briefDescription), \(size) bytes"
  }

  /// How a program can tell types of one name apart.
  static let advice = "ask first for a field that only the right one has"
}
