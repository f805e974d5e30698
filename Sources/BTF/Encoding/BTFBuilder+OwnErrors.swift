//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

extension BTFBuilder {
  /// Changes a type where it is, by a closure that throws errors of its own. See ``update(_:_:)``, which takes closures
  /// that throw nothing, or `BPFError`.
  ///
  /// - Throws: the error that `change` throws, or `BPFError`.
  public mutating func update<E: Error>(
    _ id: Int, _ change: (inout BTFDefinition) throws(E) -> Void
  ) throws {
    var failure: E?
    // The error's type says that this is the call that takes closures without errors.
    do throws(BPFError) {
      try update(id) { definition in
        do throws(E) { try change(&definition) } catch { failure = error }
      }
    } catch {
      throw error
    }
    if let failure { throw failure }
  }
  /// Gives a section its size, and its variables their places, by a closure that throws errors of its own. See
  /// `layOutSection(_:byteCount:place:)`, which takes closures that throw nothing, or `BPFError`.
  ///
  /// - Throws: the error that `place` throws, which leaves the section as it was, or `BPFError`.
  public mutating func layOutSection<E: Error>(
    _ id: Int, byteCount: Int, place: (_ variable: Int, _ name: String) throws(E) -> Int?
  ) throws {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try layOutSection(id, byteCount: byteCount) { (variable, name) throws(BPFError) in
        do throws(E) { return try place(variable, name) } catch { throw keep(error) }
      }
    }
  }
}
