//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-bpf project, under Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import BPF
import KernelFixtures
import Testing

/// Tests typed LPM tries.
@Suite("LPM tries", .kernel)
struct LPMTrieMapTests {
  static func prefix(_ text: String) throws -> AddressPrefix<IPv4Address> {
    try #require(AddressPrefix(text))
  }

  @Test("A look-up returns the value of the longest matching prefix")
  func longest() throws {
    let routes = try LPMTrieMap<IPv4Address, UInt32>(name: UniqueName.next(), maxEntries: 16)
    try routes.update(Self.prefix("0.0.0.0/0"), to: 0)
    try routes.update(Self.prefix("10.0.0.0/8"), to: 8)
    try routes.update(Self.prefix("10.1.0.0/16"), to: 16)
    try routes.update(Self.prefix("10.1.2.3"), to: 32)
    #expect(try routes[IPv4Address(10, 1, 2, 3)] == 32)
    #expect(try routes[IPv4Address(10, 1, 2, 4)] == 16)
    #expect(try routes[IPv4Address(10, 2, 0, 0)] == 8)
    #expect(try routes[IPv4Address(11, 0, 0, 0)] == 0)
    #expect(try routes.lookup(Self.prefix("10.0.0.0/15")) == 8)
    #expect(try routes.delete(Self.prefix("0.0.0.0/0")))
    #expect(try routes[IPv4Address(11, 0, 0, 0)] == nil)
    #expect(try Set(routes.keys().map(\.description)) == ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32"])
    #expect(try routes.count() == 3)
    #expect(try routes.deleteAll([Self.prefix("10.0.0.0/8"), Self.prefix("99.0.0.0/8")]) == 1)
    #expect(try routes.deleteAll() == 2)
  }

  @Test("Keys have the length in host byte order and the address in network byte order")
  func layout() throws {
    let routes = try LPMTrieMap<IPv4Address, UInt32>(maxEntries: 16)
    try routes.update(Self.prefix("10.1.2.0/23"), to: 1)
    #expect(try Array(routes.handle.keys()) == [UInt32(23).bytes + [10, 1, 2, 0]])
    #expect(routes.handle.flags.contains(.noPrealloc))
  }

  @Test("Has keys of IPv6 prefixes")
  func ipv6() throws {
    let routes = try LPMTrieMap<IPv6Address, UInt64>(maxEntries: 16)
    try routes.update(#require(AddressPrefix("2001:db8::/32")), to: 1)
    try routes.update(#require(AddressPrefix("2001:db8:0:1::/64")), to: 2)
    #expect(try routes[#require(IPv6Address("2001:db8:0:1::5"))] == 2)
    #expect(try routes[#require(IPv6Address("2001:db8:0:2::5"))] == 1)
    #expect(try routes[#require(IPv6Address("2001:db9::"))] == nil)
    #expect(try routes.update(contentsOf: [(AddressPrefix(host: .loopback), 3)]) == 1)
    #expect(try routes[.loopback] == 3)
  }

  @Test("Has keys of custom addresses")
  func ownAddress() throws {
    let stations = try LPMTrieMap<HardwareAddress, UInt8>(maxEntries: 4)
    #expect(stations.handle.keySize == 10)
    let vendor = try #require(AddressPrefix(HardwareAddress(bytes: [2, 3, 4, 99, 99, 99]), length: 24))
    #expect(vendor.address.bytes[3] == 0)
    try stations.update(vendor, to: 1)
    #expect(try stations[HardwareAddress(bytes: [2, 3, 4, 5, 6, 7])] == 1)
    #expect(try stations[HardwareAddress(bytes: [2, 3, 5, 5, 6, 7])] == nil)
  }

  @Test("Has keys of several fields, which count as part of the prefix")
  func severalFields() throws {
    let routes = try LPMTrieMap<LocalAddress, UInt32>(maxEntries: 8)
    func address(_ interface: UInt32, _ text: String) throws -> LocalAddress {
      LocalAddress(interface: interface, address: try #require(IPv4Address(text)))
    }
    try routes.update(#require(AddressPrefix(address(2, "10.0.0.0"), length: 32 + 8)), to: 8)
    try routes.update(#require(AddressPrefix(address(2, "10.1.0.0"), length: 32 + 16)), to: 16)
    try routes.update(#require(AddressPrefix(address(3, "0.0.0.0"), length: 32)), to: 3)
    #expect(try routes[address(2, "10.1.2.3")] == 16)
    #expect(try routes[address(2, "10.2.2.3")] == 8)
    #expect(try routes[address(2, "11.2.2.3")] == nil)
    #expect(try routes[address(3, "10.1.2.3")] == 3)
    #expect(try routes[address(4, "10.1.2.3")] == nil)
    #expect(
      try Array(routes.handle.keys()).contains(UInt32(40).bytes + [0, 0, 0, 2, 10, 0, 0, 0]))
  }

  @Test("Has keys of byte strings")
  func byteStrings() throws {
    let owners = try LPMTrieMap<PrefixBytes<32>, UInt32>(maxEntries: 8)
    #expect(owners.handle.keySize == 36)
    func beginning(_ text: String) throws -> AddressPrefix<PrefixBytes<32>> {
      try #require(AddressPrefix(beginning: text.utf8))
    }
    func path(_ text: String) throws -> PrefixBytes<32> { try #require(PrefixBytes(text.utf8)) }
    try owners.update(beginning("/home/"), to: 1)
    try owners.update(beginning("/home/me/"), to: 2)
    try owners.update(AddressPrefix(host: path("/home/me/notes")), to: 3)
    #expect(try owners[path("/home/you")] == 1)
    #expect(try owners[path("/home/me/mail")] == 2)
    #expect(try owners[path("/home/me/notes")] == 3)
    #expect(try owners[path("/home/me/notes2")] == 2)
    #expect(try owners[path("/home")] == nil)
    #expect(try beginning("/home/").description == "/home//48")
    #expect(try path("/home") == path("/home") && path("/home") != path("/home/"))
    #expect(try Set([path("a"), path("a"), path("b")]).count == 2)
    #expect(PrefixBytes<4>("abcd".utf8)?.bytes[3] == UInt8(ascii: "d"))
    #expect(PrefixBytes<4>("abcde".utf8) == nil)
    #expect(AddressPrefix<PrefixBytes<4>>(beginning: "abcde".utf8) == nil)
  }

  /// An address at a network interface.
  struct LocalAddress: PrefixAddress {
    @BigEndian var interface: UInt32
    var address: IPv4Address
  }

  struct HardwareAddress: PrefixAddress {
    var bytes: InlineArray<6, UInt8>
    init(bytes: InlineArray<6, UInt8>) { self.bytes = bytes }
    static func == (a: Self, b: Self) -> Bool { a.bytes.indices.allSatisfy { a.bytes[$0] == b.bytes[$0] } }
    func hash(into hasher: inout Hasher) { for index in bytes.indices { hasher.combine(bytes[index]) } }
  }
}

/// Tests addresses and prefixes as text and numbers, without the kernel.
@Suite("Network addresses")
struct NetworkAddressTests {
  @Test("IPv4 addresses round-trip", arguments: ["0.0.0.0", "10.0.0.1", "255.255.255.255", "127.0.0.1"])
  func ipv4(text: String) throws {
    #expect(IPv4Address(text)?.description == text)
  }

  @Test(
    "Refuses text that is not an IPv4 address",
    arguments: [
      "", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.-4", "1.2.3.+4", "1..2.3", "a.b.c.d",
      "1.2.3.4 ", "١.2.3.4",
    ])
  func badIPv4(text: String) { #expect(IPv4Address(text) == nil) }

  @Test(
    "Writes IPv6 addresses in their shortest form",
    arguments: [
      ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
      ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
      ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
      ("::ffff:1.2.3.4", "::ffff:1.2.3.4"), ("::ffff:102:304", "::ffff:1.2.3.4"),
      ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
      ("0:0:0:0:0:0:0:0", "::"), ("fe80::1:0:0:1", "fe80::1:0:0:1"),
    ])
  func ipv6(text: String, shortest: String) throws {
    let address = try #require(IPv6Address(text))
    #expect(address.description == shortest)
    #expect(IPv6Address(shortest) == address)
  }

  @Test(
    "Refuses text that is not an IPv6 address",
    arguments: [
      "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
      "1:2:3:4:5:6:7::8",
      "1.2.3.4::", "::1.2.3", ":1::", "1::2:", "+1::", "fe80::1%eth0",
    ])
  func badIPv6(text: String) { #expect(IPv6Address(text) == nil) }

  @Test("Creates addresses from numbers and groups")
  func numbers() throws {
    #expect(IPv4Address(0x0a00_0001) == IPv4Address(10, 0, 0, 1))
    #expect(withUnsafeBytes(of: IPv4Address(10, 0, 0, 1)) { Array($0) } == [10, 0, 0, 1])
    let address = try #require(IPv6Address("1:2:3:4:5:6:7:8"))
    #expect(IPv6Address(address.number) == address)
    #expect(IPv6Address(groups: address.groups) == address)
    #expect(withUnsafeBytes(of: address) { Array($0) } == [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8])
    #expect(MemoryLayout<IPv6Address>.size == 16 && MemoryLayout<IPv6Address>.alignment == 4)
    #expect(IPv4Address(1, 2, 3, 4) < IPv4Address(1, 2, 4, 0))
  }

  @Test("Prefixes of the same network are equal")
  func canonical() throws {
    let prefix = try #require(AddressPrefix(IPv4Address(10, 1, 2, 3), length: 12))
    #expect(prefix.description == "10.0.0.0/12")
    #expect(prefix == AddressPrefix("10.0.0.0/12"))
    #expect(prefix.contains(IPv4Address(10, 15, 255, 255)) && !prefix.contains(IPv4Address(10, 16, 0, 0)))
    #expect(AddressPrefix<IPv4Address>("10.0.0.1")?.length == 32)
    #expect(AddressPrefix<IPv6Address>("fe80::/10")?.description == "fe80::/10")
    #expect(AddressPrefix(IPv4Address(255, 255, 255, 255), length: 0)?.description == "0.0.0.0/0")
  }

  @Test(
    "Refuses text that is not a prefix",
    arguments: [
      "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.1/8",
      "10/8",
    ])
  func badPrefix(text: String) {
    #expect(AddressPrefix<IPv4Address>(text) == nil)
    #expect(AddressPrefix(IPv4Address(1, 2, 3, 4), length: 33) == nil)
    #expect(AddressPrefix(IPv4Address(1, 2, 3, 4), length: -1) == nil)
  }

  @Test("Numbers in network byte order behave like numbers")
  func bigEndian() {
    struct Endpoint: BitwiseCopyable {
      @BigEndian var port: UInt16
      var number: BigEndian<UInt32>
    }
    var endpoint = Endpoint(port: 443, number: 1)
    #expect(endpoint.port == 443 && endpoint.number == 1)
    #expect(withUnsafeBytes(of: endpoint) { Array($0.prefix(2)) } == [1, 187])
    endpoint.port += 1
    #expect(endpoint.port == 444 && endpoint.number < 2)
    #expect("\(endpoint.number)" == "1")
  }
}
