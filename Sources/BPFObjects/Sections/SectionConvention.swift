//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What the name of a section says about the programs in it.
///
/// The names are the ones that libbpf gave a meaning to, and that sources carry in `SEC("…")`. Some stand for
/// themselves, such as `tc`; behind others may follow what the program is to be attached to, as in
/// `kprobe/do_unlinkat`. Behind the former may follow what only tells sections apart, as in `classifier/ingress`.
package struct SectionConvention: Sendable, Hashable {
  /// The name, up to the first slash where a target may follow.
  package var name: String

  /// Whether the name of a target may follow, after a slash.
  package var takesTarget: Bool

  /// The programs' type.
  package var type: ProgramType

  /// Where they will be attached, as the kernel is to know when it loads them; nil if it need not know.
  package var attachType: AttachType?

  /// What else the name says.
  package var traits: Traits

  /// What else the name of a section may say.
  package struct Traits: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The programs may sleep.
    package static let sleepable = Traits(rawValue: 1 << 0)
    /// The programs understand packets that are in several pieces.
    package static let fragments = Traits(rawValue: 1 << 1)
    /// The target is a function or type of the kernel, or a function of another program, found by its BTF.
    package static let attachBTF = Traits(rawValue: 1 << 2)
    /// A kernel that knows no places of attachment loads the programs without.
    package static let attachTypeIsOptional = Traits(rawValue: 1 << 3)
    /// The place is a static probe of user space (USDT): attached like a uprobe, many at once where the kernel can.
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
  /// The name of a section, taken apart.
  package struct Match: Sendable, Hashable {
    /// The name without the mark.
    package var sectionName: String
    /// Whether the programs are to be loaded without being asked for: not if the name begins with `?`.
    package var isLoaded: Bool
    /// What the name says; nil if it says nothing that is known.
    package var convention: SectionConvention?
    /// What follows the first slash, if the convention takes a target and there is one.
    package var target: String?
  }

  /// Takes the name of a section apart.
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

  /// The convention of the longest name that begins a section's name, if what follows is there to tell sections apart:
  /// `classifier/ingress`, `tc/tail`, `socket1`, `xdp_prog`. Loaders other than libbpf 1.x take such names.
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
