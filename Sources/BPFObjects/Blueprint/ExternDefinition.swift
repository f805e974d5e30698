//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import BTF

/// An extern: a symbol that an object uses and the kernel defines.
public struct ExternDefinition: NamedElement {
  /// The name in the object, including any `___` flavor suffix, which is not part of the kernel's name.
  public let name: String

  /// Its kind.
  public let kind: Kind

  /// The type, without typedefs and modifiers; for a function, the function. nil for an untyped symbol.
  public let type: BTFType?

  /// Whether the extern is weak: if the kernel lacks it, its address or value is zero.
  public let isWeak: Bool

  /// For a configuration option, the offset of its value in the map `.kconfig`, in bytes.
  public let offset: Int

  /// For a configuration option, the size of its value in bytes.
  public let size: Int

  /// The kind of an extern.
  @nonexhaustive
  public enum Kind: Sendable, Hashable {
    /// An option of its configuration, such as `CONFIG_HZ`, or `LINUX_KERNEL_VERSION`. `__kconfig`.
    case configuration
    /// A symbol whose address alone is used. `extern const void symbol __ksym`.
    case symbol
    /// A variable with a type. `__ksym`.
    case variable
    /// A kfunc. `__ksym`.
    case function
  }

  /// The kernel's name for it.
  package var kernelName: String { name.withoutFlavor }
}

extension String {
  /// The name without its flavor: the part before the last `___` that is neither at the start nor at the end.
  var withoutFlavor: String {
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
