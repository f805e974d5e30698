//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall

extension MapCreateFlags {
  private struct Question: Hashable {
    var flags: UInt32
    var type: MapType
  }

  private static let answers = KernelAnswers<Question, Bool>()

  /// Returns whether the running kernel creates maps with these flags.
  ///
  /// The first call creates the smallest map with the flags and closes it again. The answer is cached.
  ///
  /// System calls: at the first call those of `MapType.isSupported()`; later none.
  ///
  /// - Parameter type: the type of the map; nil for the first type in ``MapType/allKnown`` that the running kernel has and
  ///   that takes the flags.
  /// - Returns: false if the kernel rejects the flags, or lacks the type.
  /// - Throws: `BPFError`. `BPFError.Code.invalidArgument` if no type takes the flags, such as ``pathDescriptor``, which
  ///   is a flag of pins; `BPFError.Code.permissionDenied` if the caller may not create such maps.
  public func isSupported(in type: MapType? = nil) throws(BPFError) -> Bool {
    let types = type.map { [$0] } ?? MapType.allKnown.filter { $0.facts.takes(self) }
    guard !types.isEmpty else {
      throw BPFError(.probe, .invalidArgument, "no map type takes the flags \(self)")
    }
    for type in types where try type.isSupported() {
      return try Self.answers.get(Question(flags: rawValue, type: type)) { () throws(BPFError) in
        do throws(BPFError) {
          return try type.makeSmallest(self)
        } catch {
          throw BPFError(
            .probe, error.code, errno: error.errno,
            "maps of type \(type) with the flags \(self): \(error.explanation)")
        }
      }
    }
    return false
  }

  /// Throws an error if the running kernel does not create maps with these flags.
  ///
  /// - Parameter type: as in ``isSupported(in:)``.
  /// - Throws: `BPFError`; `BPFError.Code.unsupported` with the release that brought the flags, and otherwise as
  ///   ``isSupported(in:)``.
  public func requireSupport(in type: MapType? = nil) throws(BPFError) {
    guard try !isSupported(in: type) else { return }
    let maps = type.map { " for maps of type \($0)" } ?? ""
    throw BPFError.absence(of: "flags \(self)\(maps)", since: minimumKernelVersion)
  }

  /// The first Linux release that has all of these flags, such as `5.5`; nil if one has no name here, or for no flags.
  public var minimumKernelVersion: String? {
    var (newest, rest): (KernelRelease?, MapCreateFlags) = (nil, self)
    for ((_, flag), release) in zip(MapCreateFlags.named, MapCreateFlags.releases) where contains(flag) {
      rest.remove(flag)
      newest = [newest, KernelRelease(release)].compactMap { $0 }.max()
    }
    return rest.isEmpty ? newest.map { "\($0.major).\($0.minor)" } : nil
  }
}

extension MapTypeFacts {
  /// Returns whether maps of the type can have flags. Each type takes a token.
  fileprivate func takes(_ wanted: MapCreateFlags) -> Bool {
    (flags ?? []).union(requiredFlags).union(.token).isSuperset(of: wanted)
  }
}
