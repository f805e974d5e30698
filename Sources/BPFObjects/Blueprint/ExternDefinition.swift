//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BTF

/// Something that an object uses and the kernel defines.
public struct ExternDefinition: NamedElement {
  /// The name, as the object spells it: what follows `___` tells one spelling from another, and is not the kernel's.
  public let name: String

  /// What it is.
  public let kind: Kind

  /// The type, without other names and modifiers; for a function, the function. nil for a symbol without one.
  public let type: BTFType?

  /// Whether the object does without it if there is none: its address, or its value, is then zero.
  public let isWeak: Bool

  /// For an option of the configuration, where in the map `.kconfig` its value is put, in bytes.
  public let offset: Int

  /// For an option of the configuration, how many bytes its value takes.
  public let size: Int

  /// What the kernel defines.
  public enum Kind: Sendable, Hashable {
    /// An option of its configuration, such as `CONFIG_HZ`, or `LINUX_KERNEL_VERSION`. `__kconfig`.
    case configuration
    /// A symbol of which only the address is used. `extern const void symbol __ksym`.
    case symbol
    /// A variable with a type. `__ksym`.
    case variable
    /// A function that programs may call. `__ksym`.
    case function
  }

  /// The kernel's name for it.
  package var kernelName: String { name.withoutFlavour }
}

extension String {
  /// A name as the kernel has it: what stands before the last `___` that is neither at the beginning nor at the end, and
  /// behind which a program tells one spelling of a name from another.
  var withoutFlavour: String {
    let bytes = Array(utf8)
    let underscore = UInt8(ascii: "_")
    for end in stride(from: bytes.count - 5, through: 0, by: -1)
    where bytes[end + 1..<end + 4].allSatisfy({ $0 == underscore })
      && bytes[end] != underscore && bytes[end + 4] != underscore
    {
      return String(decoding: bytes[...end], as: UTF8.self)
    }
    return self
  }
}
