//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BTF

/// The representations of numbers in network byte order and of addresses, which C types show by their names.
enum NetworkForm {
  /// Returns the representation that a type's name determines, or `nil` if the name is not one of them.
  static func form(of type: BTFType) -> SwiftForm? {
    var type = type
    // BTF may contain cycles.
    for _ in 0..<32 {
      switch type.kind {
      case .typedef:
        if let form = typedefs[type.name] { return form }
      case .structure: return structures[type.name]
      case .const, .volatile, .restrict, .typeTag: break
      default: return nil
      }
      guard let target = type.target else { return nil }
      type = target
    }
    return nil
  }

  private static let typedefs: [String: SwiftForm] = [
    "__be16": .bigEndian(2), "__be32": .bigEndian(4), "__be64": .bigEndian(8),
    "bpf_ipv4_addr": .ipv4Address, "bpf_ipv6_addr": .ipv6Address,
  ]

  /// The kernel's structures of addresses.
  private static let structures: [String: SwiftForm] = ["in_addr": .ipv4Address, "in6_addr": .ipv6Address]
}
