//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import BPFSyscall
internal import BTF

/// An object's externs, resolved in the running kernel.
struct ResolvedExterns {
  /// A resolved kernel symbol.
  enum Symbol {
    case address(UInt64)
    case variable(typeID: Int, module: BTFHandle?)
    case function(typeID: Int, module: BTFHandle?)
  }

  /// The symbols found, by their names in the object.
  private(set) var symbols: [String: Symbol] = [:]

  /// Weak externs that count as missing because the kernel's types differ.
  private(set) var differing: Set<String> = []

  /// The contents of the map `.kconfig`.
  private(set) var configuration: [UInt8] = []

  /// Resolves all externs.
  init(_ file: ObjectFile, _ kernel: KernelTypes, _ options: LoadOptions) throws(BPFError) {
    try resolveConfiguration(file, options)
    try resolveAddresses(file)
    for extern in file.externs {
      switch extern.kind {
      case .variable: symbols[extern.name] = try variable(extern, kernel)
      case .function: symbols[extern.name] = try function(extern, kernel)
      case .configuration, .symbol: break
      }
    }
  }

  private mutating func variable(_ extern: ExternDefinition, _ kernel: KernelTypes) throws(BPFError)
    -> Symbol?
  {
    guard let found = try find(.variable, "variable", extern, kernel) else {
      return try missing(extern, "variable")
    }
    if let ours = extern.type, let theirs = found.type.target {
      guard CORETypeComparison.areSame(ours, theirs, by: .compatible) else {
        return try differing(extern, "variable")
      }
    }
    return .variable(typeID: found.type.id, module: found.module)
  }

  private mutating func function(_ extern: ExternDefinition, _ kernel: KernelTypes) throws(BPFError)
    -> Symbol?
  {
    guard let found = try find(.function, "function", extern, kernel) else {
      return try missing(extern, "function")
    }
    if let ours = extern.type?.target, let theirs = found.type.target {
      guard CORETypeComparison.areSame(ours, theirs, by: .compatible) else {
        return try differing(extern, "function")
      }
    }
    return .function(typeID: found.type.id, module: found.module)
  }

  private func find(
    _ kind: BTFKind, _ noun: String, _ extern: ExternDefinition, _ kernel: KernelTypes
  ) throws(BPFError) -> KernelTypes.Found? {
    try KernelTypes.needed(for: "the kernel's \(noun) '\(extern.kernelName)', which the object uses") {
      () throws(BPFError) in try kernel.find(kind, named: extern.kernelName)
    }
  }

  /// Returns nil for a weak extern, and throws for others.
  private func missing(_ extern: ExternDefinition, _ noun: String) throws(BPFError) -> Symbol? {
    if extern.isWeak { return nil }
    throw BPFError(
      .load, .notFound,
      "the object uses the kernel's \(noun) '\(extern.kernelName)', and this kernel has none; declare it __weak to do "
        + "without"
    )
  }

  /// Handles an extern whose type differs from the kernel's: returns nil if it is weak, and throws otherwise.
  private mutating func differing(_ extern: ExternDefinition, _ noun: String) throws(BPFError) -> Symbol? {
    if extern.isWeak {
      differing.insert(extern.name)
      return nil
    }
    throw BPFError(
      .load, .typeMismatch,
      "the kernel's \(noun) '\(extern.kernelName)' has another type than the object declares")
  }
}

// MARK: - Addresses

extension ResolvedExterns {
  private mutating func resolveAddresses(_ file: ObjectFile) throws(BPFError) {
    let wanted = file.externs.filter { $0.kind == .symbol }
    guard !wanted.isEmpty else { return }
    let addresses = try KernelSymbols.addresses(of: Set(wanted.map(\.kernelName)))
    for extern in wanted {
      if let address = addresses[extern.kernelName] {
        symbols[extern.name] = .address(address)
      } else {
        symbols[extern.name] = try missing(extern, "symbol")
      }
    }
  }
}

// MARK: - Configuration

extension ResolvedExterns {
  private mutating func resolveConfiguration(_ file: ObjectFile, _ options: LoadOptions) throws(BPFError) {
    let wanted = file.externs.filter { $0.kind == .configuration }
    guard !wanted.isEmpty else { return }
    configuration = [UInt8](repeating: 0, count: wanted.map { $0.offset + $0.size }.max() ?? 0)
    let given = try KernelConfiguration(text: options.kernelConfiguration ?? "")
    // Reads the running kernel's configuration once, and only if the given text lacks an option.
    var running: KernelConfiguration?
    for extern in wanted {
      guard let type = extern.type else { continue }
      var value = try given.value(of: extern.kernelName, as: type)
      if value == nil {
        let known = if let running { running } else { try KernelConfiguration.running() }
        running = known
        value = try known.value(of: extern.kernelName, as: type)
      }
      guard let value else {
        _ = try missing(extern, "option")
        continue
      }
      configuration.replaceSubrange(extern.offset..<extern.offset + value.count, with: value)
    }
  }
}
