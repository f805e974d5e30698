//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

/// The less common options of `bpfmap create`.
struct CreateOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The NUMA node on which to allocate the map.", valueName: "node"))
  var numaNode: String?

  @Option(
    help: ArgumentHelp("A template for the inner maps of a map-in-map, like \"id 12\".", valueName: "map"))
  var innerMap: String?

  @Option(
    help: ArgumentHelp("The hash functions of a Bloom filter, or an arena's address.", valueName: "number"))
  var mapExtra: String?

  @Option(help: ArgumentHelp("The index of the network interface to offload the map to.", valueName: "index"))
  var ifindex: String?

  @Option(help: ArgumentHelp("An inherited descriptor of the map's BTF object.", valueName: "fd"))
  var btfFd: String?

  @Option(help: ArgumentHelp("The id of the key's type in the BTF object.", valueName: "id"))
  var btfKeyType: String?

  @Option(help: ArgumentHelp("The id of the value's type in the BTF object.", valueName: "id"))
  var btfValueType: String?

  @Option(help: ArgumentHelp("For struct_ops, the value's type id in the kernel's BTF.", valueName: "id"))
  var btfVmlinuxValueType: String?

  @Option(help: ArgumentHelp("A descriptor of the module BTF with that type.", valueName: "fd"))
  var valueTypeBtfFd: String?

  @Option(
    help: ArgumentHelp(
      "An inherited descriptor of a BPF token; see also LIBBPF_BPF_TOKEN_PATH.", valueName: "fd"))
  var tokenFd: String?

  @Option(help: ArgumentHelp("The SHA-256, in hex, of the only program to use the map.", valueName: "hash"))
  var exclusiveProgram: String?

  func mapOptions(flags: MapCreateFlags) throws -> MapOptions {
    MapOptions(
      flags: flags,
      extra: try number(mapExtra, "--map-extra") ?? 0,
      numaNode: try (number(numaNode, "--numa-node") as UInt32?).map { Int($0) },
      innerMap: try innerMap.map { try MapSelector(option: $0).open() },
      interfaceIndex: Int(try number(ifindex, "--ifindex") ?? 0 as UInt32),
      btf: try btf(),
      vmlinuxValueTypeID: try number(btfVmlinuxValueType, "--btf-vmlinux-value-type") ?? 0,
      valueTypeBTF: try descriptor(valueTypeBtfFd, "--value-type-btf-fd"),
      token: try descriptor(tokenFd, "--token-fd").map(BPFToken.init(duplicating:)) ?? .fromEnvironment(),
      exclusiveProgramHash: try exclusiveProgram.map(Self.hash) ?? [])
  }

  private func btf() throws(Failure) -> MapOptions.BTF? {
    let key: UInt32? = try number(btfKeyType, "--btf-key-type")
    let value: UInt32? = try number(btfValueType, "--btf-value-type")
    guard let descriptor = try descriptor(btfFd, "--btf-fd") else {
      guard key == nil, value == nil else {
        throw .usage("--btf-key-type and --btf-value-type require --btf-fd")
      }
      return nil
    }
    return MapOptions.BTF(descriptor: descriptor, keyTypeID: key ?? 0, valueTypeID: value ?? 0)
  }

  private func number<Number: FixedWidthInteger>(
    _ text: String?, _ option: String
  ) throws(Failure) -> Number? {
    guard let text else { return nil }
    return try IntegerArgument.parse(text, as: Number.self, description: "a number for \(option)")
  }

  private func descriptor(_ text: String?, _ option: String) throws(Failure) -> FileDescriptor? {
    guard let text else { return nil }
    let number = try IntegerArgument.parse(text, as: Int32.self, description: "a descriptor for \(option)")
    guard number >= 0 else { throw .usage("'\(text)' is not a descriptor for \(option)") }
    return FileDescriptor(rawValue: number)
  }

  private static func hash(_ text: String) throws(Failure) -> [UInt8] {
    let digits = text.hasPrefix("0x") ? String(text.dropFirst(2)) : text
    let bytes = try PlainBytes.hexDigits(digits, in: text)
    guard bytes.count == 32 else {
      throw .usage("--exclusive-program is \(bytes.count) bytes: write a SHA-256, 32 bytes in hex")
    }
    return bytes
  }
}
