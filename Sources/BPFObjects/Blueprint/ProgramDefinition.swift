//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A program as an object describes it, before it is loaded.
///
/// All that may be set here counts when the object is loaded.
public struct ProgramDefinition: NamedElement {
  /// The name: that of the function.
  public let name: String

  /// The name of the section it is in, without the `?` that says that it is not loaded by itself.
  public let sectionName: String

  /// The type, which the section's name tells; `ProgramType.unspecified` if it tells none that is known.
  public var type: ProgramType

  /// Where it will be attached, if the kernel is to know that when it loads the program; nil if not.
  public var expectedAttachType: AttachType?

  /// What it is to be attached to, if the section's name tells it: what follows the first `/`, such as
  /// `do_unlinkat` of `kprobe/do_unlinkat`.
  public var attachTarget: String?

  /// The program whose function ``attachTarget`` is; nil for a function of the kernel. What replaces a function
  /// (`freplace`) needs one, `fentry`, `fexit` and `fmod_ret` may have one. It must have been loaded with its BTF.
  public var targetProgram: Program?

  /// Whether it is loaded with the object.
  ///
  /// An array of programs that holds one that is not loaded is refused: see ``MapDefinition/initialValues``.
  ///
  /// For programs that implement a kernel interface (`struct_ops`) the maps decide: see ``MapDefinition/isCreated``. It counts
  /// for such a program only if no map of the object uses it.
  public var isLoaded: Bool

  /// The flags it is loaded with.
  public var flags: ProgramFlags

  /// What the section's name says; nil if it says nothing that is known.
  package let convention: SectionConvention?

  /// Where its code is.
  package let code: CodeLocation

  /// Whether it may sleep.
  public var isSleepable: Bool {
    get { flags.contains(.sleepable) }
    set { if newValue { flags.insert(.sleepable) } else { flags.remove(.sleepable) } }
  }

  /// Whether it understands packets that are in several pieces; for XDP.
  public var hasFragments: Bool {
    get { flags.contains(.xdpHasFragments) }
    set { if newValue { flags.insert(.xdpHasFragments) } else { flags.remove(.xdpHasFragments) } }
  }

  /// - Parameter match: what the name of its section says.
  init(name: String, _ match: SectionConvention.Match, code: CodeLocation) {
    (self.name, self.code, self.sectionName) = (name, code, match.sectionName)
    (convention, attachTarget, isLoaded) = (match.convention, match.target, match.isLoaded)
    type = match.convention?.type ?? .unspecified
    expectedAttachType = match.convention?.attachType
    flags = []
    isSleepable = match.convention?.traits.contains(.sleepable) ?? false
    hasFragments = match.convention?.traits.contains(.fragments) ?? false
  }
}

/// Flags a program is loaded with (`BPF_F_*`).
public struct ProgramFlags: OptionSet, Hashable, Sendable {
  /// The kernel's bits.
  public let rawValue: UInt32

  /// Flags with the kernel's bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Refuse accesses that are not aligned, on every machine (`BPF_F_STRICT_ALIGNMENT`). Linux 4.12.
  public static let strictAlignment = ProgramFlags(rawValue: 1 << 0)
  /// Allow accesses that are not aligned, on every machine (`BPF_F_ANY_ALIGNMENT`). Linux 5.0.
  public static let anyAlignment = ProgramFlags(rawValue: 1 << 1)
  /// Fill the upper halves of registers with random bits, for tests (`BPF_F_TEST_RND_HI32`). Linux 5.3.
  public static let testRandomUpperHalves = ProgramFlags(rawValue: 1 << 2)
  /// Keep more of the verifier's states, for tests (`BPF_F_TEST_STATE_FREQ`). Linux 5.4.
  public static let testStateFrequency = ProgramFlags(rawValue: 1 << 3)
  /// The program may sleep (`BPF_F_SLEEPABLE`). Linux 5.10.
  public static let sleepable = ProgramFlags(rawValue: 1 << 4)
  /// The XDP program understands packets that are in several pieces (`BPF_F_XDP_HAS_FRAGS`). Linux 5.18.
  public static let xdpHasFragments = ProgramFlags(rawValue: 1 << 5)
  /// The XDP program is bound to a device that does not run it itself (`BPF_F_XDP_DEV_BOUND_ONLY`). Linux 6.3.
  public static let xdpDeviceBoundOnly = ProgramFlags(rawValue: 1 << 6)
  /// Fail where the verifier contradicts itself, for tests (`BPF_F_TEST_REG_INVARIANTS`). Linux 6.8.
  public static let testRegisterInvariants = ProgramFlags(rawValue: 1 << 7)
}
