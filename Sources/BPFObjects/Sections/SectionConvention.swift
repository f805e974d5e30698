//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A section name convention: the program properties that a section's name implies.
///
/// These are libbpf's section names, as sources write them in `SEC("…")`. Some are complete, such as `tc`, and may
/// have a suffix that only distinguishes sections, as in `classifier/ingress`. Others may be followed by an attach
/// target, as in `kprobe/do_unlinkat`.
package struct SectionConvention: Sendable, Hashable {
  /// The name, up to the slash before a target.
  package var name: String

  /// Whether a target may follow after a slash.
  package var takesTarget: Bool

  /// The program type.
  package var type: ProgramType

  /// The expected attach type; nil if the kernel does not need it on loading.
  package var attachType: AttachType?

  /// Further properties.
  package var traits: Traits

  /// Further properties that a section name implies.
  package struct Traits: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The programs are sleepable.
    package static let sleepable = Traits(rawValue: 1 << 0)
    /// The programs support fragments.
    package static let fragments = Traits(rawValue: 1 << 1)
    /// The target is a kernel function or type, or a function of another program, found by BTF.
    package static let attachBTF = Traits(rawValue: 1 << 2)
    /// A kernel without attach types loads the programs without one.
    package static let attachTypeIsOptional = Traits(rawValue: 1 << 3)
    /// The hook is a USDT probe: attached like a uprobe, with multi-uprobe links where supported.
    package static let usdtProbe = Traits(rawValue: 1 << 4)
  }

  init(
    _ name: String, _ type: ProgramType, _ attachType: AttachType? = nil, _ traits: Traits = [],
    takesTarget: Bool = false
  ) {
    (self.name, self.type, self.attachType) = (name, type, attachType)
    (self.traits, self.takesTarget) = (traits, takesTarget)
  }
}

extension SectionConvention {
  /// Returns the convention of programs with a type, an attach type and flags; nil if there is none or more than one.
  static func only(
    _ type: ProgramType, _ attachType: AttachType?, _ flags: ProgramFlags
  ) -> SectionConvention? {
    let fitting = all.filter {
      $0.type == type && $0.attachType == attachType
        && $0.traits.contains(.sleepable) == flags.contains(.sleepable)
        && $0.traits.contains(.fragments) == flags.contains(.xdpHasFragments)
    }
    return fitting.count == 1 ? fitting[0] : nil
  }
}

extension SectionConvention {
  /// A parsed section name.
  package struct Match: Sendable, Hashable {
    /// The name without the `?`.
    package var sectionName: String
    /// Whether the programs are loaded by default: not if the name begins with `?`.
    package var isLoaded: Bool
    /// The convention; nil for an unknown name.
    package var convention: SectionConvention?
    /// The part after the first slash, if the convention accepts a target.
    package var target: String?
  }

  /// Parses a section name.
  package static func match(_ name: String) -> Match {
    let isMarked = name.hasPrefix("?")
    let plain = isMarked ? String(name.dropFirst()) : name
    var match = Match(sectionName: plain, isLoaded: !isMarked)
    if let exact = byName[plain] {
      match.convention = exact
    } else if let slash = plain.firstIndex(of: "/"), let convention = byName[String(plain[..<slash])],
      convention.takesTarget
    {
      match.convention = convention
      match.target = String(plain[plain.index(after: slash)...])
    } else {
      match.convention = beginning(of: plain)
    }
    return match
  }

  /// Returns the convention with the longest matching prefix, if only a distinguishing suffix follows:
  /// `classifier/ingress`, `tc/tail`, `socket1`, `xdp_prog`. Loaders other than libbpf 1.x accept such names.
  private static func beginning(of name: String) -> SectionConvention? {
    var longest: SectionConvention?
    for convention in all where !convention.takesTarget && convention.name.count > longest?.name.count ?? 0 {
      guard name.hasPrefix(convention.name),
        let next = name.utf8.dropFirst(convention.name.utf8.count).first,
        next == UInt8(ascii: "/") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next)
          || next == UInt8(ascii: "_") && !convention.name.contains("/")
      else { continue }
      longest = convention
    }
    return longest
  }

  private static let byName = Dictionary(
    all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}
