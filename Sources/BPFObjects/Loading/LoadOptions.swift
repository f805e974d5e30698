//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BPFSyscall
public import BTF
public import SystemPackage

/// Options for loading an object.
public struct LoadOptions: Sendable {
  /// The directory for pins of maps that are pinned by name without a path. It is created (mode 0700) if only its
  /// last component is missing.
  public var pinDirectory: FilePath

  /// Whether to pin all programs and maps of the object in ``pinDirectory``, each under its name, as
  /// ``Object/pin(in:)`` does. With ``existingPins`` other than ``ExistingPins/reuse`` the pins replace those of an
  /// older version of the object, in one step with those of shared maps.
  public var pinsEverything: Bool

  /// The policy for existing pins under the names of the object's parts.
  ///
  /// Shared maps are maps that the object declares as pinned (``MapDefinition/pinning``). Programs and other maps are
  /// pinned only with ``pinsEverything``.
  public var existingPins: ExistingPins

  /// The kernel types for CO-RE relocations; nil for those of the running kernel.
  ///
  /// For a kernel without BTF of its own, supply the types of a BTF file.
  public var kernelTypes: BTFTypes?

  /// Kernel configuration options for `__kconfig` externs, as the text of a `.config` file. They take precedence over
  /// those of the running kernel, which supplies the options that the text lacks. A line `# CONFIG_X is not set` is a
  /// comment; to unset an option, write `CONFIG_X=n`.
  public var kernelConfiguration: String?

  /// The verifier log level for accepted programs; the log is then ``Program/verifierLog``.
  public var verifierLog: VerifierLogLevel

  /// A token that delegates loading BTF and programs and creating maps; nil for the one of the environment, if
  /// ``takesTokenFromEnvironment``. Linux 6.9.
  public var token: BPFToken?

  /// Whether to load with the token of the environment if ``token`` is nil, as libbpf does: see
  /// `BPFToken.fromEnvironment()`. In the initial user namespace this has an effect only if the variable
  /// `LIBBPF_BPF_TOKEN_PATH` is set.
  public var takesTokenFromEnvironment = true

  /// The known features of the kernel that the object is loaded into.
  package var kernel = KernelSupport.running

  /// A policy for existing pins.
  ///
  /// A shared map matches the object's if it has the type, sizes, flags and types that this kernel gives to the map
  /// that the object declares. Changes made by the kernel and the loader are not differences: `BPF_F_RDONLY_PROG` of
  /// a devmap, the size of a ring buffer, `max_entries` of an LRU map with a list for each CPU.
  ///
  /// Pins are replaced by rename(2), so a pin of the name exists at all times. A new pin gets the owner and
  /// permissions of the one that it replaces. Attachments and programs that use an old map keep the old objects.
  @nonexhaustive
  public enum ExistingPins: Sendable, Hashable {
    /// Use a shared map if it matches the object's; otherwise fail with all differences. Fail if another part is
    /// pinned already. Nothing is changed on failure.
    case reuse
    /// Replace existing pins with the new objects.
    case replace
    /// Use a shared map if it matches the object's. If not, a new map replaces it and takes over all elements; keys
    /// and values must have equal sizes. New programs and other maps replace the old ones without their elements.
    /// Ring buffers and perf event arrays of another size begin empty, and readers must reopen them.
    case migrate
  }

  /// A verifier log level for accepted programs. The log of a rejected program has at least the level
  /// ``instructions``.
  @nonexhaustive
  public enum VerifierLogLevel: UInt32, Sendable, Hashable {
    /// Nothing.
    case none = 0
    /// Verifier statistics, in one line. Linux 5.2.
    case statistics = 4
    /// Each processed instruction.
    case instructions = 1
    /// Each instruction and the verifier state before it.
    case states = 2
  }

  /// Creates options; each parameter has a default.
  public init(
    pinDirectory: FilePath = "/sys/fs/bpf", existingPins: ExistingPins = .reuse, kernelTypes: BTFTypes? = nil,
    kernelConfiguration: String? = nil, verifierLog: VerifierLogLevel = .none, token: BPFToken? = nil,
    takesTokenFromEnvironment: Bool = true, pinsEverything: Bool = false
  ) {
    self.takesTokenFromEnvironment = takesTokenFromEnvironment
    self.pinsEverything = pinsEverything
    (self.pinDirectory, self.existingPins, self.kernelTypes) = (pinDirectory, existingPins, kernelTypes)
    (self.kernelConfiguration, self.verifierLog, self.token) = (kernelConfiguration, verifierLog, token)
  }
}
