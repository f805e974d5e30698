//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A program definition of an object, before the program is loaded.
///
/// Changes take effect when the object is loaded.
public struct ProgramDefinition: NamedElement {
  /// The name of the program's function.
  public let name: String

  /// The name of its section, without the `?` that marks optional programs.
  public let sectionName: String

  /// The type, derived from the section's name; `ProgramType.unspecified` if the name is unknown.
  public var type: ProgramType

  /// The expected attach type; nil if the kernel does not need it on loading.
  public var expectedAttachType: AttachType?

  /// The attach target in the section's name: the part after the first `/`, such as `do_unlinkat` of
  /// `kprobe/do_unlinkat`.
  public var attachTarget: String?

  /// The program that contains the function ``attachTarget``; nil for a kernel function. `freplace` requires one; it
  /// is optional for `fentry`, `fexit` and `fmod_ret`. It must have been loaded with its BTF.
  public var targetProgram: Program?

  /// Whether it is loaded with the object.
  ///
  /// Loading fails if a program array holds a program that is not loaded: see ``MapDefinition/initialValues``.
  ///
  /// For `struct_ops` programs the maps decide: see ``MapDefinition/isCreated``. This value is used for such a
  /// program only if no map of the object uses it.
  public var isLoaded: Bool

  /// The flags it is loaded with.
  public var flags: ProgramFlags

  /// A signature of its instructions, for programs without an object.
  var signature: ProgramSignature?

  /// The convention of the section's name; nil if the name is unknown.
  package let convention: SectionConvention?

  /// The location of its code.
  package let code: CodeLocation

  /// Whether it may sleep.
  public var isSleepable: Bool {
    get { flags.contains(.sleepable) }
    set { if newValue { flags.insert(.sleepable) } else { flags.remove(.sleepable) } }
  }

  /// Whether the XDP program supports fragments (multi-buffer packets).
  public var hasFragments: Bool {
    get { flags.contains(.xdpHasFragments) }
    set { if newValue { flags.insert(.xdpHasFragments) } else { flags.remove(.xdpHasFragments) } }
  }

  /// - Parameter match: the parsed section name.
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

extension ProgramDefinition {
  /// Creates the definition of a program that no section defines.
  ///
  /// - Parameters:
  ///   - attachTarget: the function or type that the kernel finds by its BTF; nil for none.
  init(
    name: String, type: ProgramType, expectedAttachType: AttachType?, attachTarget: String?,
    flags: ProgramFlags
  ) {
    let convention = SectionConvention.only(type, expectedAttachType, flags)
    let match = SectionConvention.Match(
      sectionName: convention?.name ?? "", isLoaded: true, convention: convention, target: attachTarget)
    self.init(name: name, match, code: CodeLocation(section: 0, function: 0))
    (self.type, self.expectedAttachType, self.flags) = (type, expectedAttachType, flags)
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
  /// The XDP program supports fragments (`BPF_F_XDP_HAS_FRAGS`). Linux 5.18.
  public static let xdpHasFragments = ProgramFlags(rawValue: 1 << 5)
  /// The XDP program is bound to a device that does not execute it itself (`BPF_F_XDP_DEV_BOUND_ONLY`). Linux 6.3.
  public static let xdpDeviceBoundOnly = ProgramFlags(rawValue: 1 << 6)
  /// Fail if the verifier's register invariants are violated, for tests (`BPF_F_TEST_REG_INVARIANTS`). Linux 6.8.
  public static let testRegisterInvariants = ProgramFlags(rawValue: 1 << 7)
}
