//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall

extension BTFBuilder {
  /// Changes a type in place by a closure that throws its own errors. See ``update(_:_:)``, whose closures throw
  /// nothing or `BPFError`.
  ///
  /// - Throws: the error that `change` throws, or `BPFError`.
  public mutating func update<E: Error>(
    _ id: Int, _ change: (inout BTFDefinition) throws(E) -> Void
  ) throws {
    var failure: E?
    // The catch type selects the overload with a closure that does not throw.
    do throws(BPFError) {
      try update(id) { definition in
        do throws(E) { try change(&definition) } catch { failure = error }
      }
    } catch {
      throw error
    }
    if let failure { throw failure }
  }
  /// Sets a section's size and its variables' offsets by a closure that throws its own errors. See
  /// `layOutSection(_:byteCount:offset:)`, whose closures throw nothing or `BPFError`.
  ///
  /// - Throws: the error that `offset` throws, which leaves the section unchanged, or `BPFError`.
  public mutating func layOutSection<E: Error>(
    _ id: Int, byteCount: Int, offset: (_ variable: Int, _ name: String) throws(E) -> Int?
  ) throws {
    try BPFError.passing { (keep: (E) -> BPFError) throws(BPFError) in
      try layOutSection(id, byteCount: byteCount) { (variable, name) throws(BPFError) in
        do throws(E) { return try offset(variable, name) } catch { throw keep(error) }
      }
    }
  }
}
