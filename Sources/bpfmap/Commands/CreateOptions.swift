//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import BPF

/// What few maps are created with.
struct CreateOptions: ParsableArguments {
  @Option(help: ArgumentHelp("NUMA node to allocate the map on.", valueName: "node"))
  var numaNode: String?

  @Option(help: ArgumentHelp("For a map of maps, one like those it shall hold: \"id 12\".", valueName: "map"))
  var innerMap: String?

  @Option(help: ArgumentHelp("Hashes of a Bloom filter, address of an arena.", valueName: "number"))
  var mapExtra: String?

  @Option(help: ArgumentHelp("Network device to offload the map to, by index.", valueName: "index"))
  var ifindex: String?

  @Option(help: ArgumentHelp("Inherited descriptor of the BTF object with its types.", valueName: "fd"))
  var btfFd: String?

  @Option(help: ArgumentHelp("The key's type in that BTF.", valueName: "id"))
  var btfKeyType: String?

  @Option(help: ArgumentHelp("The value's type in that BTF.", valueName: "id"))
  var btfValueType: String?

  @Option(help: ArgumentHelp("For struct_ops, the value's type in the kernel's BTF.", valueName: "id"))
  var btfVmlinuxValueType: String?

  @Option(help: ArgumentHelp("Descriptor of the module's BTF that type is in.", valueName: "fd"))
  var valueTypeBtfFd: String?

  @Option(help: ArgumentHelp("Inherited descriptor of a BPF token.", valueName: "fd"))
  var tokenFd: String?

  @Option(help: ArgumentHelp("SHA-256 of the one program that may use the map, in hex.", valueName: "hash"))
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
      token: try descriptor(tokenFd, "--token-fd"),
      exclusiveProgramHash: try exclusiveProgram.map(Self.hash) ?? [])
  }

  private func btf() throws(Failure) -> MapOptions.BTF? {
    let key: UInt32? = try number(btfKeyType, "--btf-key-type")
    let value: UInt32? = try number(btfValueType, "--btf-value-type")
    guard let descriptor = try descriptor(btfFd, "--btf-fd") else {
      guard key == nil, value == nil else {
        throw .usage("--btf-key-type and --btf-value-type need --btf-fd: the BTF they are in")
      }
      return nil
    }
    return MapOptions.BTF(descriptor: descriptor, keyTypeID: key ?? 0, valueTypeID: value ?? 0)
  }

  private func number<Number: FixedWidthInteger>(
    _ text: String?, _ option: String
  ) throws(Failure) -> Number? {
    guard let text else { return nil }
    return try WrittenNumber.parse(text, as: Number.self, called: "a number for \(option)")
  }

  private func descriptor(_ text: String?, _ option: String) throws(Failure) -> FileDescriptor? {
    guard let text else { return nil }
    let number = try WrittenNumber.parse(text, as: Int32.self, called: "a descriptor for \(option)")
    guard number >= 0 else { throw .usage("'\(text)' is not a descriptor for \(option)") }
    return FileDescriptor(rawValue: number)
  }

  private static func hash(_ text: String) throws(Failure) -> [UInt8] {
    let digits = text.hasPrefix("0x") ? String(text.dropFirst(2)) : text
    let bytes = try PlainBytes.hexDigits(digits, in: text)
    guard bytes.count == 32 else {
      throw .usage("--exclusive-program takes a SHA-256, 32 bytes in hex, not \(bytes.count)")
    }
    return bytes
  }
}
